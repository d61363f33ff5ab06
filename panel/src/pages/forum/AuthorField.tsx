/** The field for the author's name. */
import { TextInput } from "@mantine/core";

interface Props {
  value: string;
  onChange: (name: string) => void;
  error: string | null;
}

export function AuthorField({ value, onChange, error }: Props) {
  return (
    <TextInput
      label="Your name"
      description="Any but the agent’s own; this browser remembers it."
      required
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      maw={320}
    />
  );
}
