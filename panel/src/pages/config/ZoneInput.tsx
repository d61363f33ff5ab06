/** The control for a time zone: typed or chosen from the browser's list; the service validates it. */
import { Button, Combobox, TextInput, useCombobox } from "@mantine/core";
import { useClickOutside } from "@mantine/hooks";
import { useMemo } from "react";

import classes from "./Config.module.css";
import { fittingZones, knownZones, ownZone } from "./zones";

const SHOWN = 60;

interface Props {
  id?: string;
  label: string;
  description: string;
  error: string | null;
  value: string;
  onChange: (zone: string) => void;
}

export function ZoneInput({ id, label, description, error, value, onChange }: Props) {
  const zones = useMemo(() => knownZones(), []);
  const list = useCombobox({ onDropdownClose: () => list.resetSelectedOption() });
  const found = fittingZones(zones, value).slice(0, SHOWN);
  const mine = ownZone();
  // Closed on click, not on blur: blur comes when a button below is pressed, and closing would move the button away.
  const place = useClickOutside<HTMLDivElement>(() => list.closeDropdown(), ["click"]);

  function choose(zone: string): void {
    onChange(zone);
    list.closeDropdown();
  }

  return (
    <div ref={place}>
      <Combobox store={list} onOptionSubmit={choose}>
        <Combobox.EventsTarget withExpandedAttribute>
          <TextInput
            {...(id !== undefined && { id })}
            label={label}
            description={description}
            error={error}
            value={value}
            onChange={(event) => {
              onChange(event.currentTarget.value);
              list.openDropdown();
              list.updateSelectedOptionIndex();
            }}
            onClick={() => list.openDropdown()}
            onKeyDown={({ key }) => key === "Tab" && list.closeDropdown()}
            autoComplete="off"
            spellCheck={false}
          />
        </Combobox.EventsTarget>
        {list.dropdownOpened && found.length > 0 && (
          // Rendered in the flow of the page, so that the list covers neither the error nor other fields.
          <Combobox.Options className={classes.zones} aria-label={`${label}: suggestions`}>
            {found.map((zone) => (
              <Combobox.Option key={zone} value={zone}>
                {zone}
              </Combobox.Option>
            ))}
          </Combobox.Options>
        )}
      </Combobox>
      {value !== mine && (
        <Button size="compact-xs" variant="default" mt={4} onClick={() => choose(mine)}>
          Use my zone: {mine}
        </Button>
      )}
    </div>
  );
}
