/** The form of a config, for a thread or for the workspace's defaults. */
import { Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type SubmitEvent, useEffect, useMemo, useState } from "react";

import { type Scope, useChangeConfig } from "../../api/config";
import { ProblemError } from "../../api/problem";
import { type Plan, useNextSlots } from "../../api/schedule";
import type { Config } from "../../api/types";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { ApprovalField } from "./ApprovalField";
import classes from "./Config.module.css";
import { ChoiceField, NumberField, SpanField, SwitchField, TextField } from "./controls";
import { Day } from "./Day";
import { changeOf, edited, type Edits, shownValues, without } from "./edits";
import type { Name, Values } from "./fields";
import { FormContext, type FormState, idOf } from "./form";
import { HoursField } from "./HoursField";
import { NextBeats } from "./NextBeats";
import { OutflowNote } from "./OutflowNote";
import { planOf } from "./plan";
import { SaveBar } from "./SaveBar";
import { SourcesField } from "./SourcesField";
import { TargetField } from "./TargetField";
import { Unsaved } from "./Unsaved";
import { ZoneField } from "./ZoneField";

/** Milliseconds without a change before the preview is updated. */
const TYPING = 350;

interface Props {
  scope: Scope;
  fields: Readonly<Record<string, unknown>>;
  saved: Config;
  inherited: Values;
  origins: Readonly<Record<string, string>>;
  /** Why the beats in the preview will not happen as shown, or null. */
  stopped?: string | null;
  /** The service's message about a stored value that is not allowed, or null. */
  problem: string | null;
}

export function ConfigForm({ scope, fields, saved, inherited, origins, stopped = null, problem }: Props) {
  const [edits, setEdits] = useState<Edits>({});
  const save = useChangeConfig(scope);
  const shown = useMemo(() => shownValues(saved, inherited, edits), [saved, inherited, edits]);
  const [plan] = useDebouncedValue(planOf(scope, shown), TYPING);
  const next = useNextSlots(plan, 10);
  const refused = save.error;

  useEffect(() => {
    if (refused instanceof ProblemError && refused.field !== null) document.getElementById(idOf(refused.field))?.focus();
  }, [refused]);

  function changed(after: Edits): void {
    setEdits(after);
    if (!save.isIdle) save.reset();
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (Object.keys(edits).length === 0) return;
    save.mutate(changeOf(edits), {
      onSuccess: () => {
        setEdits({});
        notifications.show({ message: "Saved; the next beat follows it.", color: "green" });
      },
    });
  }

  const form: FormState = {
    scope,
    fields,
    saved,
    inherited,
    shown,
    edits,
    origins,
    problems: [refused, next.error],
    change: (name: Name, value) => changed(edited(edits, saved, name, value)),
    inherit: (name) => changed({ ...edits, [name]: "inherit" }),
    undo: (name) => changed(without(edits, name)),
  };
  const unless = shown.enabled === false ? "Scheduled beats are off: none of these happens until they are on." : stopped;
  return (
    <FormContext value={form}>
      <form onSubmit={submit} aria-label={scope === null ? "Defaults" : "Config"} noValidate>
        <fieldset disabled={save.isPending} className={classes.fieldset}>
          <Stack gap="md">
            {problem !== null && <Problem title="What is stored is not allowed" error={new Error(problem)} />}
            <ScheduleSection
              plan={plan}
              hours={shown.active_hours}
              slots={next.error ? undefined : next.data}
              unless={unless}
            />
            <Section title="What it looks at">
              <SourcesField />
              <OutflowNote />
            </Section>
            <ActionSection />
            <DecisionSection />
            <SaveBar edits={edits} error={refused} saving={save.isPending} onDiscard={() => changed({})} />
          </Stack>
        </fieldset>
      </form>
      <Unsaved changed={Object.keys(edits).length > 0} />
    </FormContext>
  );
}

interface ScheduleProps {
  plan: Plan;
  hours: unknown;
  slots: readonly number[] | undefined;
  unless: string | null;
}

function ScheduleSection({ plan, hours, slots, unless }: ScheduleProps) {
  return (
    <Section title="When it beats">
      <div className={classes.fields}>
        <SwitchField name="enabled" />
        <SpanField name="every" presets={["5m", "15m", "30m", "1h", "4h", "1d"]} />
        <HoursField />
        <ZoneField />
        <ChoiceField name="missed" />
      </div>
      <Stack gap="sm" mt="sm">
        <Day plan={plan} hours={hours} />
        <NextBeats slots={slots} zone={plan.timezone} unless={unless} />
      </Stack>
    </Section>
  );
}

function ActionSection() {
  return (
    <Section title="What it may do">
      <div className={classes.fields}>
        <TargetField />
        <SwitchField name="dry_run" />
        <ApprovalField />
        <ChoiceField name="outflow" />
        <SpanField name="approval_ttl" presets={["1h", "12h", "1d", "7d"]} />
        <NumberField name="max_actions_per_day" />
      </div>
      <OutflowNote />
    </Section>
  );
}

function DecisionSection() {
  return (
    <Section title="How it decides">
      <div className={classes.fields}>
        <TextField name="model" placeholder="the service’s own" />
        <NumberField name="max_tokens" step={50} />
        <NumberField name="temperature" step={0.1} decimals={2} />
        <NumberField name="daily_token_budget" step={1000} />
        <SpanField name="recheck_after" presets={["0", "1h", "6h", "1d"]} />
        <ChoiceField name="fallback" />
      </div>
    </Section>
  );
}
