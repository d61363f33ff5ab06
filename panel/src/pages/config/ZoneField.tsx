/** The time zone: typed, or searched among those that the browser knows; the service has the last word. */
import { Autocomplete } from "@mantine/core";
import { useMemo } from "react";

import { Field } from "./Field";
import { textOf } from "./fields";
import { useField } from "./form";
import { WORDS } from "./words";

/** The viewer's own zone and UTC stand first. */
export function knownZones(): string[] {
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

export function ZoneField() {
  const field = useField("timezone");
  const zones = useMemo(() => knownZones(), []);
  const { label, help } = WORDS.timezone;
  return (
    <Field name="timezone">
      <Autocomplete
        id={field.id}
        label={label}
        description={help}
        error={field.error}
        value={textOf(field.value)}
        onChange={field.change}
        data={zones}
        limit={60}
        maxDropdownHeight={260}
        filter={({ options, search }) => {
          // Where the text is a whole zone, all are shown to choose another from.
          if (zones.includes(search)) return options;
          const words = search.toLowerCase().replaceAll(" ", "_");
          return options.filter((option) => "value" in option && option.value.toLowerCase().includes(words));
        }}
        spellCheck={false}
      />
    </Field>
  );
}
