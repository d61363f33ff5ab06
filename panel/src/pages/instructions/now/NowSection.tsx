/** What a beat of a thread would do now: looked at when it is asked for, and again when the plan changes. */
import { Alert, Button, Code, List, Stack, Text } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { useNow } from "../../../api/plan";
import type { PlanNow } from "../../../api/types";
import { Instant } from "../../../ui/Instant";
import { Problem } from "../../../ui/Problem";
import { RuleList } from "../../../ui/RuleList";
import { Section } from "../../../ui/Section";
import classes from "../Instructions.module.css";

interface Props {
  thread: string;
  /** Which thread, where that can be chosen. */
  chooser?: ReactNode;
}

export function NowSection({ thread, chooser }: Props) {
  const [asked, setAsked] = useState(false);
  const { data, error, isFetching, refetch } = useNow(thread, asked);

  function look(): void {
    if (asked) void refetch();
    else setAsked(true);
  }

  return (
    <Section
      title="What would happen now"
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconEye size={16} aria-hidden />}
          aria-busy={isFetching}
          onClick={look}
        >
          {asked ? "Look again" : "Look"}
        </Button>
      }
    >
      <Stack gap="sm">
        {chooser}
        {!asked && (
          <Text size="sm" c="dimmed">
            What a beat of {thread} would do at this moment, and why each rule is or is not due. No model is asked, and
            nothing is changed.
          </Text>
        )}
        {asked && error && <Problem error={error} title="It cannot be said" again={look} />}
        <div role="status" className={classes.now}>
          {asked && data && <Found now={data} />}
        </div>
      </Stack>
    </Section>
  );
}

function Found({ now }: { now: PlanNow }) {
  return (
    <Stack gap="sm">
      <div>
        <Text size="sm" fw={600}>
          {now.says}
        </Text>
        <Text size="xs" c="dimmed">
          As of <Instant at={now.at} />
        </Text>
      </div>
      {now.obstacles.length > 0 && (
        <Alert variant="outline" color="yellow" title="No beat comes by itself now; one by hand may" role="note">
          <List size="sm" spacing={4} listStyleType="none">
            {now.obstacles.map(({ sentence, remedy }) => (
              <List.Item key={sentence}>
                {sentence} {remedy && <Code>{remedy}</Code>}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {now.rules.length > 0 && <RuleList rules={now.rules} />}
    </Stack>
  );
}
