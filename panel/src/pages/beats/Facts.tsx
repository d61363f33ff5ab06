/** The figures of a beat: times, tokens, model, checkpoint. */
import { List, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import type { BeatDetail } from "../../api/types";
import { Countdown } from "../../ui/Countdown";
import { Instant } from "../../ui/Instant";
import { Outcome } from "../../ui/Outcome";
import { Section } from "../../ui/Section";
import { exactText, secondsText } from "../../ui/times";
import { wokenText } from "../../ui/woken";
import classes from "./Beat.module.css";
import { promptText } from "./prompt";
import { attemptsOf } from "./row";

export function Facts({ beat }: { beat: BeatDetail }) {
  const attempts = attemptsOf(beat);
  return (
    <Section title="Figures">
      <dl className={classes.facts}>
        <Fact name="trigger">{beat.trigger}</Fact>
        <Fact name="woken">{wokenText(beat)}</Fact>
        <Fact name="slot">{beat.slot && exactText(Date.parse(beat.slot))}</Fact>
        <Fact name="last slot">{beat.last_slot && exactText(Date.parse(beat.last_slot))}</Fact>
        <Fact name="started">{exactText(Date.parse(beat.started_at))}</Fact>
        <Fact name="finished">{beat.finished_at && exactText(Date.parse(beat.finished_at))}</Fact>
        <Fact name="took">{beat.duration_seconds === null ? null : secondsText(beat.duration_seconds)}</Fact>
        <Fact name="decided by">{beat.decided_by}</Fact>
        <Fact name="model">{beat.model}</Fact>
        <Fact name="tokens">
          {beat.prompt_tokens + beat.completion_tokens > 0 &&
            `${beat.prompt_tokens} in the prompt, ${beat.completion_tokens} in the answer`}
        </Fact>
        <Fact name="reading the prompt">{promptText(beat)}</Fact>
        <Fact name="tried again">{beat.retry_at && <Countdown to={beat.retry_at} />}</Fact>
        <Fact name="error">{beat.error}</Fact>
        <Fact name="instructions sha256">{beat.instructions_sha256}</Fact>
        <Fact name="LangGraph thread">{beat.langgraph_thread_id}</Fact>
        <Fact name="checkpoint">{beat.checkpoint_id ?? "none is kept"}</Fact>
      </dl>
      {attempts.length > 0 && (
        <>
          <Title order={3} size="h6" mt="md" mb={4}>
            Earlier attempts of this slot
          </Title>
          <List type="ordered" size="sm" spacing={4}>
            {attempts.map((attempt, place) => (
              <List.Item key={place}>
                <Outcome status={attempt.status} reason={attempt.reason} withReason />{" "}
                <Text span size="sm" c="dimmed">
                  <Instant at={attempt.at} />
                </Text>
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Section>
  );
}

/** One figure; renders nothing if it has no value. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === false || children === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
