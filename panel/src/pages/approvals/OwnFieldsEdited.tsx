/** Controls for the fields of an action whose kind the target defines. */
import { Checkbox, Textarea } from "@mantine/core";

import type { Changeable } from "./proposal";

interface Props {
  fields: Changeable["fields"];
  onChange: (fields: Changeable["fields"]) => void;
}

export function OwnFieldsEdited({ fields, onChange }: Props) {
  return Object.entries(fields).map(([name, value]) =>
    typeof value === "boolean" ? (
      <Checkbox
        key={name}
        label={name}
        checked={value}
        onChange={({ currentTarget: { checked } }) => onChange({ ...fields, [name]: checked })}
      />
    ) : (
      <Textarea
        key={name}
        label={name}
        autosize
        minRows={1}
        maxRows={16}
        value={value}
        onChange={({ currentTarget }) => onChange({ ...fields, [name]: currentTarget.value })}
      />
    ),
  );
}
