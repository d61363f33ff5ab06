/** The fields of one rule: what to do, when, about what, at which times, and how often. */
import { Chip, Group, Input, NativeSelect, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import type { PlanAbout, PlanCounts, PlanLimit, PlanWhenKind } from "../../../api/types";
import { Fold } from "../../../ui/Fold";
import type { Typed, TypingError, Unit } from "./form";
import type { Spoken } from "./until";
import { UntilField } from "./UntilField";
import { ABOUT, COUNTS, choices, DAYS, DO, LIMIT, WHEN } from "./words";

interface Props {
  rule: Typed;
  timezone: string;
  /** When it was said, of a message. */
  message: Spoken | undefined;
  wrong: TypingError | null;
  onChange: (rule: Typed) => void;
}

export function RuleFields({ rule, timezone, message, wrong, onChange }: Props) {
  const set = (more: Partial<Typed>) => onChange({ ...rule, ...more });
  const error = (field: keyof Typed) => (wrong?.field === field ? wrong.message : null);
  const offered = choices(DO);
  // As it was opened: what is emptied while it is typed stays in view.
  const [full] = useState(() => hasMore(rule));
  const silent = rule.do === "silent";
  return (
    <>
      <NativeSelect
        label="What"
        value={rule.do}
        error={error("do")}
        data={rule.do in DO ? offered : [...offered, { value: rule.do, label: rule.do }]}
        onChange={(event) => set({ do: event.currentTarget.value })}
      />
      <NativeSelect
        label="When"
        value={rule.when}
        error={error("when")}
        data={choices(WHEN).filter(({ value }) => value !== "task" || rule.when === "task")}
        onChange={(event) => set({ when: event.currentTarget.value as PlanWhenKind })}
      />
      <Occasion rule={rule} error={error} set={set} />
      <Many<PlanAbout>
        label="About what (none: whatever the thread sees)"
        words={ABOUT}
        chosen={rule.about}
        error={error("about")}
        onChange={(about) => set({ about })}
      />
      {!silent && (
        <TextInput
          label="What it has to say"
          value={rule.how}
          maxLength={300}
          error={error("how")}
          onChange={(event) => set({ how: event.currentTarget.value })}
        />
      )}
      <Many<PlanLimit>
        label="How often at most (none: no limit)"
        words={LIMIT}
        chosen={rule.limits}
        error={error("limits")}
        onChange={(limits) => set({ limits })}
      />
      {message && (
        <UntilField
          until={rule.until}
          spoken={message}
          timezone={timezone}
          silent={silent}
          error={error("until")}
          onChange={(until) => set({ until })}
        />
      )}
      <Fold title="Times, places and exceptions" opened={(wrong !== null && wrong.field !== "until") || full}>
        <Stack gap="sm">
          <More rule={rule} timezone={timezone} error={error} set={set} />
        </Stack>
      </Fold>
    </>
  );
}

interface PartProps {
  rule: Typed;
  error: (field: keyof Typed) => string | null;
  set: (more: Partial<Typed>) => void;
}

function Occasion({ rule, error, set }: PartProps) {
  const question = (
    <TextInput
      label="Question about one thing"
      description="It is answered with yes or no, such as “Is it an invoice?”"
      value={rule.question}
      maxLength={300}
      error={error("question")}
      onChange={(event) => set({ question: event.currentTarget.value })}
    />
  );
  switch (rule.when) {
    case "new":
      return (
        <Group gap="xs" align="flex-start" grow>
          <TextInput
            label="How many, at least"
            inputMode="numeric"
            value={rule.count}
            error={error("count")}
            onChange={(event) => set({ count: event.currentTarget.value })}
          />
          <NativeSelect
            label="What of the forum counts"
            data={choices(COUNTS)}
            value={rule.counts}
            error={error("counts")}
            onChange={(event) => set({ counts: event.currentTarget.value as PlanCounts })}
          />
        </Group>
      );
    case "item":
      return (
        <>
          {question}
          <Switch
            label="Also for things that were seen before"
            checked={rule.open}
            onChange={(event) => set({ open: event.currentTarget.checked })}
          />
        </>
      );
    case "due":
      return (
        <>
          <Group gap="xs" align="flex-end">
            <TextInput
              label="How long before"
              inputMode="numeric"
              value={rule.within}
              error={error("within")}
              onChange={(event) => set({ within: event.currentTarget.value })}
            />
            <NativeSelect
              aria-label="Unit of time"
              value={rule.unit}
              data={["minutes", "hours", "days"]}
              onChange={(event) => set({ unit: event.currentTarget.value as Unit })}
            />
          </Group>
          {question}
        </>
      );
    case "addressed":
      return question;
    case "task":
    case "always":
      return null;
  }
}

function More({ rule, timezone, error, set }: PartProps & { timezone: string }) {
  return (
    <>
      <Many<string>
        label="On which days (none: on all)"
        words={Object.fromEntries(DAYS.map((day, number) => [String(number), day]))}
        chosen={rule.days.map(String)}
        error={error("days")}
        onChange={(days) => set({ days: days.map(Number) })}
      />
      <Group gap="xs" align="flex-start" grow preventGrowOverflow={false}>
        <TextInput
          label="From"
          description={timezone}
          placeholder="22:30"
          value={rule.from}
          error={error("from")}
          onChange={(event) => set({ from: event.currentTarget.value })}
        />
        <TextInput
          label="To"
          description={timezone}
          placeholder="06:30"
          value={rule.to}
          error={error("to")}
          onChange={(event) => set({ to: event.currentTarget.value })}
        />
      </Group>
      <TextInput
        label="At these times of day"
        description={`With commas between, ${timezone}`}
        placeholder="07:30, 19:00"
        value={rule.at}
        error={error("at")}
        onChange={(event) => set({ at: event.currentTarget.value })}
      />
      <NativeSelect
        label="Or every so many hours, from midnight"
        value={rule.everyHours}
        error={error("everyHours")}
        data={["", "1", "2", "3", "4", "6", "8", "12"]}
        onChange={(event) => set({ everyHours: event.currentTarget.value })}
      />
      <TextInput
        label="Only from these boards and connections"
        description="Names with commas between"
        value={rule.places}
        error={error("places")}
        onChange={(event) => set({ places: event.currentTarget.value })}
      />
      <TextInput
        label="Where it goes"
        description="A board or a connection"
        value={rule.where}
        error={error("where")}
        onChange={(event) => set({ where: event.currentTarget.value })}
      />
      <Exceptions rule={rule} error={error} set={set} />
    </>
  );
}

function Exceptions({ rule, error, set }: PartProps) {
  return (
    <>
      <Textarea
        label="But not where the answer is yes"
        description="Questions about one thing, each on a line of its own"
        autosize
        minRows={1}
        value={rule.unless}
        error={error("unless")}
        onChange={(event) => set({ unless: event.currentTarget.value })}
      />
      <Many<string>
        label="But not on these days"
        words={Object.fromEntries(DAYS.map((day, number) => [String(number), day]))}
        chosen={rule.unlessDays.map(String)}
        error={error("unlessDays")}
        onChange={(days) => set({ unlessDays: days.map(Number) })}
      />
      <Switch
        label="Put the line to the model as it stands"
        description="For what these fields cannot say"
        checked={rule.free}
        onChange={(event) => set({ free: event.currentTarget.checked })}
      />
    </>
  );
}

function hasMore(rule: Typed): boolean {
  const { days, from, to, at, everyHours, places, where, unless, unlessDays, free } = rule;
  return free || days.length + unlessDays.length > 0 || [from, to, at, everyHours, places, where, unless].some((each) => each !== "");
}

interface ManyProps<T extends string> {
  label: string;
  words: Readonly<Record<string, string>>;
  chosen: readonly T[];
  error: string | null;
  onChange: (chosen: T[]) => void;
}

/** Any number of a few words. */
function Many<T extends string>({ label, words, chosen, error, onChange }: ManyProps<T>) {
  return (
    <Input.Wrapper label={label} labelElement="div" error={error}>
      <Chip.Group multiple value={[...chosen]} onChange={onChange}>
        <Group gap={6} mt={4} role="group" aria-label={label}>
          {choices(words).map(({ value, label: word }) => (
            <Chip key={value} value={value} size="xs">
              {word}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}
