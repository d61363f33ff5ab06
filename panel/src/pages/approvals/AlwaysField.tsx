/** The checkbox to give a standing approval together with the answer. */
import { Checkbox } from "@mantine/core";

import { coveredText } from "../../ui/answers";

interface Props {
  kind: string;
  place: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function AlwaysField({ kind, place, checked, onChange }: Props) {
  return (
    <Checkbox
      label={`Always allow ${coveredText(kind, place)} from this thread`}
      description="If you approve, such actions no longer wait for you, until you revoke this under Approvals."
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
