/** One message of the owner: what it orders, until when, whether that is over, and the buttons that change it. */
import { Button, List, Stack, Text } from "@mantine/core";

import { useCorrect, useLift, usePutBack } from "../../../api/plan";
import type { Plan, PlanSaid } from "../../../api/types";
import { Instant } from "../../../ui/Instant";
import { Problem } from "../../../ui/Problem";
import classes from "../Instructions.module.css";
import { messageLine, type PlanLine } from "./lines";
import { MarkLines } from "./MarkLines";
import { nameOf } from "./marks";
import { Rules } from "./PlanRow";
import { RowButtons } from "./RowButtons";
import { openText } from "./UntilField";

interface Props {
  thread: string;
  said: PlanSaid;
  etag: string;
  reading: Plan["reading"];
  onCorrect: (line: PlanLine) => void;
}

export function SaidRow({ thread, said, etag, reading, onCorrect }: Props) {
  const line = messageLine(said);
  const confirm = useCorrect(thread);
  const lift = useLift(thread);
  const back = usePutBack(thread);
  const error = confirm.error ?? lift.error ?? back.error;
  return (
    <List.Item className={classes.row} classNames={{ itemWrapper: classes.rowWrapper, itemLabel: classes.rowParts }}>
      <div className={`${classes.written} ${classes.message}`}>
        <Text size="xs" c="dimmed">
          Message {said.message}, <Instant at={said.said_at} />
        </Text>
        <Text size="sm" className={classes.words}>
          {said.text}
        </Text>
      </div>
      <Stack gap={6} className={classes.said}>
        <Rules line={line} />
        <Ends said={said} />
        <MarkLines line={line} reading={reading} saved />
        {error && <Problem error={error} title="It was not saved" />}
      </Stack>
      <RowButtons
        line={line}
        etag={etag}
        confirm={confirm}
        onCorrect={onCorrect}
        action={said.failed ? "Say what it means" : "Correct"}
      >
        <LiftButton line={line} said={said} lift={lift} back={back} />
      </RowButtons>
    </List.Item>
  );
}

/** Until when it holds, where its rules do not say it, or that it is over. */
function Ends({ said: { rules, lifted_at: liftedAt, lifted_by: liftedBy } }: { said: PlanSaid }) {
  if (rules.length === 0) return null;
  if (liftedAt !== null)
    return (
      <Text size="sm" className={classes.words}>
        <b>Lifted</b> by {liftedBy}, <Instant at={liftedAt} />
      </Text>
    );
  if (rules.every((rule) => rule.over)) return <Text size="sm" fw={700}>Over.</Text>;
  const open = rules.some((rule) => !rule.over && rule.until === null && rule.do !== "silent");
  return open ? (
    <Text size="xs" c="dimmed">
      {openText(false)}
    </Text>
  ) : null;
}

interface LiftProps {
  line: PlanLine;
  said: PlanSaid;
  lift: ReturnType<typeof useLift>;
  back: ReturnType<typeof usePutBack>;
}

/** One button for both ways, so that the keyboard's focus stays on it. */
function LiftButton({ line, said: { message, rules, lifted_at: liftedAt }, lift, back }: LiftProps) {
  const isLifted = liftedAt !== null;
  const isBusy = lift.isPending || back.isPending;
  if (rules.length === 0 || (!isLifted && rules.every((rule) => rule.over))) return null;

  function change(): void {
    if (isBusy) return;
    lift.reset();
    back.reset();
    if (isLifted) back.mutate(message);
    else lift.mutate(message);
  }

  const name = isLifted ? "Let it hold again" : "Lift";
  return (
    <Button
      size="compact-xs"
      variant={isLifted ? "default" : "light"}
      aria-busy={isBusy}
      aria-label={nameOf(isLifted ? "Let hold again:" : "Lift", line)}
      onClick={change}
    >
      {name}
    </Button>
  );
}
