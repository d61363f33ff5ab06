/** The field that says until when an order of a message holds. */
import { Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";

import { useNow as useClock } from "../../../ui/clock";
import { endText, type Spoken, type TypedUntil, UNTIL, type UntilHow } from "./until";
import { choices, DAYS } from "./words";

const MINUTE = 60_000;

interface Props {
  until: TypedUntil;
  spoken: Spoken;
  timezone: string;
  /** Whether it is an order of silence. */
  silent: boolean;
  error: string | null;
  onChange: (until: TypedUntil) => void;
}

export function UntilField({ until, spoken, timezone, silent, error, onChange }: Props) {
  const now = useClock(MINUTE);
  const set = (more: Partial<TypedUntil>) => onChange({ ...until, ...more });
  const told = until.how === "none" ? openText(silent) : endText(until, spoken, timezone, now);
  return (
    <Stack gap={6}>
      <NativeSelect
        label="Until when"
        value={until.how}
        data={choices(UNTIL)}
        error={until.how === "date" || until.how === "span" ? null : error}
        onChange={(event) => set({ how: event.currentTarget.value as UntilHow })}
      />
      {until.how === "weekday" && (
        <NativeSelect
          label="Which day, from its beginning on"
          value={until.weekday}
          data={DAYS.map((label, number) => ({ value: String(number), label }))}
          onChange={(event) => set({ weekday: event.currentTarget.value })}
        />
      )}
      {until.how === "date" && (
        <TextInput
          type="datetime-local"
          label="Date and time"
          description={timezone}
          value={until.date}
          error={error}
          onChange={(event) => set({ date: event.currentTarget.value })}
        />
      )}
      {until.how === "span" && (
        <Group gap="xs" align="flex-end">
          <TextInput
            label="How long, from the message on"
            inputMode="numeric"
            value={until.number}
            error={error}
            onChange={(event) => set({ number: event.currentTarget.value })}
          />
          <NativeSelect
            aria-label="Unit of how long"
            value={until.unit}
            data={["hours", "days"]}
            onChange={(event) => set({ unit: event.currentTarget.value as TypedUntil["unit"] })}
          />
        </Group>
      )}
      {told !== null && (
        <Text size="xs" c="dimmed">
          {told}
        </Text>
      )}
    </Stack>
  );
}

/** Return when an order ends that does not say it. */
export function openText(silent: boolean): string {
  return silent ? "It holds until you lift it." : "It ends once it was done, or 7 days after you said it.";
}
