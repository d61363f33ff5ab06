/** The last beats of a thread, each with a link to its page. */
import { Text } from "@mantine/core";

import { useRecent } from "../../api/recent";
import { asWritten } from "../../ui/asWritten";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { Outcome } from "../../ui/Outcome";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import type { Standing } from "../../ui/standing";
import classes from "./Thread.module.css";

const SHOWN = 6;

interface Props {
  id: string;
  standing: Standing;
}

export function LastBeats({ id, standing }: Props) {
  const recent = useRecent(id, SHOWN);
  const { data } = recent;
  return (
    <Section
      title="Last beats"
      actions={
        <LinkText to="/history" search={{ thread: id }} size="sm">
          All of its history
        </LinkText>
      }
    >
      {recent.error && <Problem error={recent.error} again={() => void recent.refetch()} />}
      {!data && !recent.error && <Loading lines={3} />}
      {data?.activities.length === 0 && (
        <Text size="sm" c="dimmed">
          It has not beaten yet. {standing.name === "beating" ? "Run it now, or wait for its next slot." : standing.sentence}
        </Text>
      )}
      {data && data.activities.length > 0 && (
        <ul className={classes.list}>
          {data.activities.map((beat) => (
            <li key={beat.id}>
              <Text size="sm" component="div">
                <LinkText to="/beats/$beatId" params={{ beatId: String(beat.id) }} size="sm" fw={600}>
                  {beat.id}
                </LinkText>{" "}
                <Outcome status={beat.status} reason={beat.reason} withReason />{" "}
                <Text span size="xs" c="dimmed">
                  <Instant at={beat.started_at} />
                </Text>
              </Text>
              <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
                {asWritten(beat.summary)}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
