/** The control for active hours: all day, or from one clock time to another, which may be past midnight. */
import { Group, Input, NativeSelect, TextInput } from "@mantine/core";

import type { Hours } from "./fields";

const FIRST: Hours = { start: "08:00", end: "23:00" };

/** The messages about the hours as a whole and about each end. */
export interface HoursProblem {
  whole: string | null;
  start: string | null;
  end: string | null;
}

interface Props {
  id: string;
  /** Returns the id of the control of one end. */
  idOf: (end: keyof Hours) => string;
  label: string;
  description: string;
  problem: HoursProblem;
  value: Hours | null;
  /** The initial value when the user switches from all day to hours. */
  first?: Hours | null;
  onChange: (hours: Hours | null) => void;
}

export function HoursInput({ id, idOf, label, description, problem, value, first = null, onChange }: Props) {
  const error = problem.whole ?? problem.start ?? problem.end;
  return (
    <div>
      <Group gap="xs" align="flex-end">
        <NativeSelect
          id={id}
          label={label}
          description={description}
          w="100%"
          value={value === null ? "all" : "some"}
          onChange={(event) => onChange(event.currentTarget.value === "all" ? null : (first ?? FIRST))}
          data={[
            { value: "all", label: "all day" },
            { value: "some", label: "from … to …" },
          ]}
          error={value === null && problem.whole !== null}
        />
        {value !== null &&
          (["start", "end"] as const).map((end) => (
            <TextInput
              key={end}
              id={idOf(end)}
              label={end === "start" ? "From" : "To"}
              flex={1}
              miw={0}
              value={value[end]}
              onChange={(event) => onChange({ ...value, [end]: event.currentTarget.value })}
              error={problem[end] !== null || problem.whole !== null}
              aria-describedby={error === null ? undefined : `${id}-error`}
              placeholder={FIRST[end]}
              maxLength={5}
              autoComplete="off"
            />
          ))}
      </Group>
      {error !== null && <Input.Error id={`${id}-error`}>{error}</Input.Error>}
    </div>
  );
}
