/** Active hours: all day, or from a clock time to another, which may be past midnight. */
import { Group, Input, NativeSelect, TextInput } from "@mantine/core";

import { Field } from "./Field";
import { isHours } from "./fields";
import { idOf, problemAt, useField, useForm } from "./form";
import { WORDS } from "./words";

const FIRST = { start: "08:00", end: "23:00" };

export function HoursField() {
  const { problems } = useForm();
  const field = useField("active_hours");
  const hours = isHours(field.value) ? field.value : null;
  const { label, help } = WORDS.active_hours;
  const at = (end: "start" | "end") => problemAt(problems, `active_hours.${end}`);
  const error = field.error ?? at("start") ?? at("end");
  return (
    <Field name="active_hours">
      <Group gap="xs" align="flex-end">
        <NativeSelect
          id={field.id}
          label={label}
          description={help}
          w="100%"
          value={hours === null ? "all" : "some"}
          onChange={(event) => {
            const before = isHours(field.saved) ? field.saved : FIRST;
            field.change(event.currentTarget.value === "all" ? null : before);
          }}
          data={[
            { value: "all", label: "all day" },
            { value: "some", label: "from … to …" },
          ]}
          error={hours === null && field.error !== null}
        />
        {hours !== null &&
          (["start", "end"] as const).map((end) => (
            <TextInput
              key={end}
              id={idOf(`active_hours.${end}`)}
              label={end === "start" ? "From" : "To"}
              flex={1}
              miw={0}
              value={hours[end]}
              onChange={(event) => field.change({ ...hours, [end]: event.currentTarget.value })}
              error={at(end) !== null || field.error !== null}
              aria-describedby={error === null ? undefined : `${field.id}-error`}
              placeholder={FIRST[end]}
              maxLength={5}
              autoComplete="off"
            />
          ))}
      </Group>
      {error !== null && <Input.Error id={`${field.id}-error`}>{error}</Input.Error>}
    </Field>
  );
}
