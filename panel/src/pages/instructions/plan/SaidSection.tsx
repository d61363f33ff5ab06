/** What the owner says in the conversation of a thread: the messages that order something, and the others. */
import { List, Stack, Text } from "@mantine/core";
import { useState } from "react";

import type { TaggedPlan } from "../../../api/plan";
import type { PlanSaid } from "../../../api/types";
import { Fold } from "../../../ui/Fold";
import { LinkText } from "../../../ui/links";
import { Section } from "../../../ui/Section";
import classes from "../Instructions.module.css";
import { Correcting } from "./Correcting";
import type { PlanLine } from "./lines";
import { SaidRow } from "./SaidRow";

interface Props {
  thread: string;
  saved: TaggedPlan;
}

export function SaidSection({ thread, saved: { plan, etag } }: Props) {
  const [correcting, setCorrecting] = useState<PlanLine | null>(null);
  const orders = plan.said.filter(({ role }) => role === null);
  const others = plan.said.filter(({ role }) => role !== null);
  const rows = (said: readonly PlanSaid[], label: string) => (
    <div className={classes.rows}>
      <List listStyleType="none" aria-label={label}>
        {said.map((each) => (
          <SaidRow
            key={each.line_id}
            thread={thread}
            said={each}
            etag={etag}
            reading={plan.reading}
            onCorrect={setCorrecting}
          />
        ))}
      </List>
    </div>
  );
  return (
    <Section title="Said in the conversation">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          What you order in{" "}
          <LinkText to="/threads/$threadId" params={{ threadId: thread }} inherit>
            the conversation
          </LinkText>{" "}
          comes before the lines of the text, and lasts as long as it says.
        </Text>
        {orders.length > 0 ? (
          rows(orders, "Messages that order something")
        ) : (
          <Text size="sm">None of your messages orders anything.</Text>
        )}
        {others.length > 0 && (
          <Fold title={others.length === 1 ? "1 message that asks for nothing" : `${others.length} messages that ask for nothing`}>
            {rows(others, "Messages that ask for nothing")}
          </Fold>
        )}
      </Stack>
      <Correcting thread={thread} plan={plan} etag={etag} line={correcting} onClose={() => setCorrecting(null)} />
    </Section>
  );
}
