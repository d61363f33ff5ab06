/** The prompt, the reply of each round, and the problems found in it. */
import { Badge, Group, List, Stack, Text, Title } from "@mantine/core";

import type { BeatDetail } from "../../api/types";
import { PlainText } from "../../ui/PlainText";
import { Section } from "../../ui/Section";
import { secondsText } from "../../ui/times";
import classes from "./Beat.module.css";
import { Fold } from "../../ui/Fold";
import { problemsOf, promptOf, type Round, roundsOf, text } from "./row";

const ROLES: Record<string, string> = { system: "System", human: "Question", ai: "Answer" };
/** Fields of a decision that are shown elsewhere; all others are listed, including those that a target defines. */
const ELSEWHERE = new Set(["reasoning", "action"]);

export function Rounds({ beat }: { beat: BeatDetail }) {
  const rounds = roundsOf(beat);
  const prompt = promptOf(beat);
  const problems = problemsOf(beat);
  return (
    <Section title="Decision">
      <Stack gap="md">
        {rounds.length === 0 && (
          <Text size="sm" c="dimmed">
            {beat.status === "running" ? "None yet." : "No decision: the model has given none in this beat."}
          </Text>
        )}
        {rounds.map((round, number) => (
          <OneRound key={number} round={round} number={number} of={rounds.length} />
        ))}
        {problems.length > 0 && (
          <div>
            <Title order={3} size="h6" mb={4}>
              Problems
            </Title>
            <List size="sm" spacing={2}>
              {problems.map((problem, place) => (
                <List.Item key={place}>
                  <PlainText size="sm">{problem}</PlainText>
                </List.Item>
              ))}
            </List>
            {rounds.length > 1 && (
              <Text size="sm" c="dimmed" mt={4}>
                The model was told what was wrong and asked once more.
              </Text>
            )}
          </div>
        )}
        {prompt.length > 0 && (
          <Fold title={`The prompt (${prompt.reduce((sum, { text: said }) => sum + said.length, 0)} characters)`}>
            <Stack gap="sm">
              {prompt.map(({ role, text: said }, place) => (
                <div key={place}>
                  <Text size="xs" fw={600} c="dimmed">
                    {ROLES[role] ?? role}
                  </Text>
                  <pre className={classes.raw}>{said}</pre>
                </div>
              ))}
            </Stack>
          </Fold>
        )}
      </Stack>
    </Section>
  );
}

function titleOf(round: Round): string {
  if (round.by === "rules") return "By the rules";
  return round.why === null ? "The model’s answer" : "Without a model";
}

function OneRound({ round, number, of }: { round: Round; number: number; of: number }) {
  const decision = round.decision;
  const action = text(decision?.action);
  const reasoning = text(decision?.reasoning);
  return (
    <div>
      <Group gap="xs" mb={4}>
        <Title order={3} size="h6">
          {of > 1 ? `Round ${number + 1}` : titleOf(round)}
        </Title>
        <Badge variant="default" size="sm" tt="none">
          {action ?? "no decision"}
        </Badge>
        {round.seconds !== null && (
          <Text size="xs" c="dimmed">
            {secondsText(round.seconds)}, {round.promptTokens ?? 0} + {round.completionTokens ?? 0} tokens
          </Text>
        )}
      </Group>
      {round.problem !== null && (
        <Text size="sm" c="red">
          {round.problem}
        </Text>
      )}
      {round.why !== null && round.by === "rules" && <PlainText size="sm">{`Decided by the rules, because: ${round.why}`}</PlainText>}
      {reasoning !== null && reasoning !== "" && <PlainText size="sm">{reasoning}</PlainText>}
      <dl className={classes.facts}>
        {Object.entries(decision ?? {}).map(([field, value]) => {
          if (ELSEWHERE.has(field) || value === null || value === undefined || value === "") return null;
          return (
            <div key={field}>
              <dt>{field.replaceAll("_", " ")}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          );
        })}
      </dl>
      {round.steps.length > 0 && (
        <Fold title={`Small questions before it (${round.steps.length})`}>
          <dl className={classes.facts}>
            {round.steps.map((step, place) => (
              <div key={place}>
                <dt>{step.name}</dt>
                <dd>
                  {step.asked} → {step.answer}
                </dd>
              </div>
            ))}
          </dl>
        </Fold>
      )}
      {round.reply !== null && (
        <Fold title={of > 1 ? `Reply of round ${number + 1}, as it came` : "The reply, as it came"}>
          <pre className={classes.raw}>{round.reply}</pre>
        </Fold>
      )}
    </div>
  );
}
