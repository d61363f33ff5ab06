/** Which private connections a new thread looks at; nothing is shown where there are none. */
import { Checkbox, Stack } from "@mantine/core";

interface Props {
  offered: readonly string[];
  chosen: readonly string[];
  problem: string | null;
  onChoose: (names: string[]) => void;
}

export function PrivateSources({ offered, chosen, problem, onChoose }: Props) {
  if (offered.length === 0) return null;
  return (
    <Checkbox.Group
      label="Looks at"
      description="These are private: only threads that name them look at them. It looks at what is public anyway."
      value={[...chosen]}
      onChange={onChoose}
      error={problem}
    >
      <Stack gap="xs" mt="xs">
        {offered.map((name) => (
          <Checkbox key={name} value={name} label={name} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
