/** A time zone: typed, or chosen among those that the browser knows; the service has the last word. */
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
  // Not when the input loses the focus: that comes with the press of a button below, which would move away under it.
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
          // In the flow of the page, so that it covers neither the error nor what stands below.
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
