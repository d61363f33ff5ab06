/** The card of a beat that waits for approval: the action, the reasoning and the answer; later the outcome. */
import { Divider, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { useAnswer } from "../../api/approvals";
import { useBeat } from "../../api/beats";
import { LinkText } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { ActionShown } from "./ActionShown";
import { Answering } from "./Answering";
import { Answers } from "./Answers";
import { proposalOf, reasoningOf } from "./proposal";
import { Settled } from "./Settled";
import { isOpen } from "./shown";
import { Until } from "./Until";
import { Why } from "./Why";

interface Props {
  beatId: number;
  /** Removes the card; offered when the beat no longer waits. */
  onDismiss: () => void;
}

export function Answer({ beatId, onDismiss }: Props) {
  const beat = useBeat(beatId);
  const answer = useAnswer(beatId);
  const [isTyping, setTyping] = useState(false);
  const { data } = beat;
  if (data === undefined)
    return (
      <Section title={`Beat ${beatId}`}>
        {beat.error ? <Problem error={beat.error} again={() => void beat.refetch()} /> : <Loading />}
      </Section>
    );
  const proposal = proposalOf(data);
  const waits = data.status === "awaiting_approval";
  return (
    <Section title={`Beat ${beatId} of ${data.thread_id}`}>
      <Stack gap="md">
        <Group gap="md" fz="sm">
          <LinkText inherit underline="hover" to="/beats/$beatId" params={{ beatId: String(beatId) }}>
            The beat in full
          </LinkText>
          <LinkText inherit underline="hover" to="/threads/$threadId" params={{ threadId: data.thread_id }}>
            Thread {data.thread_id}
          </LinkText>
        </Group>
        {proposal ? (
          <>
            <ActionShown proposal={proposal} />
            <Answers beat={data} proposal={proposal} />
          </>
        ) : (
          <Text size="sm" c="dimmed">
            This beat proposes nothing.
          </Text>
        )}
        <Why text={reasoningOf(data)} />
        <Divider />
        {waits && proposal ? <Until beat={data} /> : <Settled beat={data} answer={answer} onDismiss={onDismiss} />}
        {proposal && isOpen(waits, isTyping, answer) && (
          <Answering
            proposal={proposal}
            place={data.private ? null : data.place}
            answer={answer}
            isClosed={!waits && !answer.isPending}
            onTyping={setTyping}
          />
        )}
      </Stack>
    </Section>
  );
}
