/** The actions of the thread that wait for approval, each in a box with the buttons to answer it. */
import { Group, Stack } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { useState } from "react";

import { useAnswer } from "../../api/approvals";
import { useBeat } from "../../api/beats";
import type { Thread } from "../../api/types";
import { LinkText } from "../../ui/links";
import { Section } from "../../ui/Section";
import { ActionShown } from "../approvals/ActionShown";
import { Answering } from "../approvals/Answering";
import { proposalOf } from "../approvals/proposal";
import { isOpen } from "../approvals/shown";
import { Settled } from "../approvals/Settled";
import { Until } from "../approvals/Until";
import classes from "./Thread.module.css";

export function Waiting({ approvals }: Pick<Thread, "approvals">) {
  // What was answered here stays until it is dismissed, to show what came of it, and so does what was typed for.
  // The others vanish when they are settled.
  const [mine, setMine] = useState<readonly number[]>([]);
  const shown = [...new Set([...approvals.map((each) => each.beat_id), ...mine])].sort((one, other) => one - other);
  if (shown.length === 0) return null;
  return (
    <div className={classes.waiting}>
      {shown.map((id) => (
        <Box
          key={id}
          beatId={id}
          isMine={mine.includes(id)}
          onAnswer={() => setMine((old) => [...new Set([...old, id])])}
          onDismiss={() => setMine((old) => old.filter((each) => each !== id))}
        />
      ))}
    </div>
  );
}

interface Props {
  beatId: number;
  isMine: boolean;
  onAnswer: () => void;
  onDismiss: () => void;
}

function Box({ beatId, isMine, onAnswer, onDismiss }: Props) {
  const { data: beat } = useBeat(beatId);
  const answer = useAnswer(beatId, onAnswer);
  const [isTyping, setTyping] = useState(false);
  const proposal = beat && proposalOf(beat);

  function onTyping(typing: boolean): void {
    setTyping(typing);
    if (typing) onAnswer();
  }

  if (!beat || !proposal) return null;
  const waits = beat.status === "awaiting_approval";
  if (!waits && !isMine) return null;
  return (
    <Section title={waits ? `Beat ${beatId} waits for your answer` : `Beat ${beatId}`} icon={waits ? IconHourglass : undefined}>
      <Stack gap="sm">
        <ActionShown proposal={proposal} />
        {waits ? <Until beat={beat} /> : <Settled beat={beat} answer={answer} onDismiss={onDismiss} />}
        {isOpen(waits, isTyping, answer) && (
          <Answering
            proposal={proposal}
            place={beat.private ? null : beat.place}
            answer={answer}
            isClosed={!waits && !answer.isPending}
            onTyping={onTyping}
          />
        )}
        <Group fz="sm">
          <LinkText inherit underline="hover" to="/beats/$beatId" params={{ beatId: String(beatId) }}>
            See the whole beat
          </LinkText>
        </Group>
      </Stack>
    </Section>
  );
}
