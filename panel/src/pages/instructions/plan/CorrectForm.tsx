/** The form that says what a line asks for, in place of what was read from it. */
import { Alert, Button, Checkbox, Fieldset, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useEffect, useRef, useState } from "react";

import { useCorrect, useUncorrect } from "../../../api/plan";
import { fieldProblem, ProblemError } from "../../../api/problem";
import type { PlanRole } from "../../../api/types";
import { LinkText } from "../../../ui/links";
import { Problem } from "../../../ui/Problem";
import classes from "../Instructions.module.css";
import { bodyOf, FIRST, refusedField, type Typed, type Typing, TypingError, typingOf } from "./form";
import { correctionOf, type Decision, nounOf, type PlanLine, wordsOf } from "./lines";
import { nameOf } from "./marks";
import { RuleFields } from "./RuleFields";
import type { Spoken } from "./until";
import { choices, ROLE } from "./words";

const MOST = 5;

interface Props {
  thread: string | null;
  line: PlanLine;
  /** The tag of the plan as it is now: it changes when somebody else corrects a line. Null where the line is gone. */
  etag: string | null;
  timezone: string;
  onClose: () => void;
}

export function CorrectForm({ thread, line, etag, timezone, onClose }: Props) {
  const [typing, setTyping] = useState(() => typingOf(line, timezone));
  const [wrong, setWrong] = useState<TypingError | null>(null);
  // What was seen when the form was opened: a plan that was changed meanwhile is refused, and shown.
  const [seen, setSeen] = useState(etag);
  const correct = useCorrect(thread);
  const back = useUncorrect(thread);
  const error = correct.error ?? back.error;
  const stale = error instanceof ProblemError && error.status === 412;
  const refused = refusedField(error);
  const refusedRole = fieldProblem(error, "role");
  const isGone = etag === null;
  const decision = correctionOf(line);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Once for each refusal, not for each key: the field that is refused may be out of view.
    if (wrong ?? error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [wrong, error]);

  function save(tag: string | null): void {
    if (tag === null || isGone) return;
    const body = bodyOf(typing, line.message, timezone);
    if (body instanceof TypingError) {
      setWrong(body);
      return;
    }
    setWrong(null);
    setSeen(tag);
    back.reset();
    correct.mutate({ line: line.id, etag: tag, body }, { onSuccess: onClose });
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    save(seen);
  }

  return (
    <form ref={form} onSubmit={submit} aria-label={nameOf("Correct", line)}>
      <Stack gap="sm">
        <Text size="sm" className={classes.words}>
          “{line.text}”
        </Text>
        <Kind typing={typing} error={refusedRole} onChange={setTyping} />
        {!typing.quiet && (
          <Rules typing={typing} zone={timezone} said={line.message} wrong={wrong ?? refused} onChange={setTyping} />
        )}
        {isGone && <Gone noun={nounOf(line)} />}
        {stale && !isGone ? (
          <Newer line={line} onUse={() => save(etag)} />
        ) : (
          error && !stale && !refused && !refusedRole && <Problem error={error} title="It was not saved" />
        )}
        <Decided decision={decision} />
        <Group justify="space-between">
          {decision?.where === "here" && seen !== null ? (
            <Button
              variant="default"
              loading={back.isPending}
              disabled={stale || isGone}
              onClick={() => back.mutate({ line: line.id, etag: seen }, { onSuccess: onClose })}
            >
              Take the correction back
            </Button>
          ) : (
            <span />
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={correct.isPending} disabled={stale || isGone}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

/** Who decided in place of the model, where that cannot be taken back here. */
function Decided({ decision }: { decision: Decision | null }) {
  if (decision === null || decision.where === "here") return null;
  if (decision.where === "file")
    return (
      <Text size="sm">
        HEARTBEAT.plan.json says what this line asks for. What you save here wins over it; to be without it, change that
        file.
      </Text>
    );
  return (
    <Text size="sm" className={classes.words}>
      {decision.by} corrected this line for the whole workspace. What you save here is for this thread alone; to take the
      correction back, go to{" "}
      <LinkText to="/instructions" search={{}} inherit>
        the workspace’s HEARTBEAT.md
      </LinkText>
      .
    </Text>
  );
}

/** The line that was to be corrected was changed or taken out while the form was open. */
function Gone({ noun }: { noun: string }) {
  return (
    <Alert color="yellow" variant="outline" title={`This ${noun} is gone, or was changed meanwhile`} role="alert">
      What you typed cannot be saved for it. It stays here until you close this, so that you can copy it.
    </Alert>
  );
}

/** Somebody else has changed the plan: what was typed is kept, and can be saved over it. */
function Newer({ line, onUse }: { line: PlanLine; onUse: () => void }) {
  return (
    <Alert color="yellow" variant="outline" title="Somebody else has corrected the plan meanwhile" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm" className={classes.words}>
          This {nounOf(line)} now: {wordsOf(line) ?? "nothing is read from it yet."}
        </Text>
        <Button size="xs" variant="default" onClick={onUse}>
          Keep what I typed, and save it over that
        </Button>
      </Stack>
    </Alert>
  );
}

interface KindProps {
  typing: Typing;
  onChange: (typing: Typing) => void;
}

function Kind({ typing, error, onChange }: KindProps & { error: string | null }) {
  return (
    <>
      <Checkbox
        label="It asks for nothing by itself"
        checked={typing.quiet}
        onChange={(event) => onChange({ ...typing, quiet: event.currentTarget.checked })}
      />
      {typing.quiet && (
        <NativeSelect
          label="What it is instead"
          value={typing.role}
          error={error}
          data={choices(ROLE)}
          onChange={(event) => onChange({ ...typing, role: event.currentTarget.value as PlanRole })}
        />
      )}
    </>
  );
}

interface RulesProps extends KindProps {
  zone: string;
  /** When it was said, of a message. */
  said: Spoken | undefined;
  wrong: TypingError | null;
}

function Rules({ typing, zone, said, wrong, onChange }: RulesProps) {
  const { rules } = typing;
  const put = (place: number, rule: Typed) =>
    onChange({ ...typing, rules: rules.map((each, at) => (at === place ? rule : each)) });
  return (
    <>
      {rules.map((rule, place) => (
        // Rules have no names while they are typed; their order does not change.
        <Fieldset key={place} legend={rules.length === 1 ? "What to do" : `What to do, ${place + 1}`}>
          <Stack gap="sm">
            <RuleFields
              rule={rule}
              timezone={zone}
              message={said}
              wrong={wrong?.rule === place ? wrong : null}
              onChange={(next) => put(place, next)}
            />
            {rules.length > 1 && (
              <Button
                size="xs"
                variant="default"
                style={{ alignSelf: "flex-start" }}
                onClick={() => onChange({ ...typing, rules: rules.filter((_, at) => at !== place) })}
              >
                Remove this one
              </Button>
            )}
          </Stack>
        </Fieldset>
      ))}
      {rules.length < MOST && (
        <Button
          size="xs"
          variant="default"
          style={{ alignSelf: "flex-start" }}
          onClick={() => onChange({ ...typing, rules: [...rules, FIRST] })}
        >
          It asks for something more
        </Button>
      )}
    </>
  );
}
