/** A thread's own text, or the workspace's text if it has none. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconFilePlus } from "@tabler/icons-react";
import { useState } from "react";

import { usePlan } from "../../api/plan";
import { useThread } from "../../api/threads";
import { type Kept, useDropText, useText } from "../../api/texts";
import { ConfirmButton } from "../../ui/ConfirmButton";
import { LinkText } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { InstructionsEditor } from "./InstructionsEditor";
import classes from "./Instructions.module.css";
import { NowSection } from "./now/NowSection";
import { PlanShown } from "./plan/PlanShown";
import { SaidSection } from "./plan/SaidSection";

export function Own({ thread }: { thread: string }) {
  const known = useThread(thread);
  const own = useText(thread);
  const [making, setMaking] = useState(false);
  /** Whether the thread has a text of its own, or had one until somebody else deleted it. */
  const [had, setHad] = useState(false);
  const error = known.error ?? own.error;
  // A text in the editor outlives a later failure.
  if (known.data === undefined || own.data === undefined)
    return error ? (
      <Problem error={error} again={() => void Promise.all([known.refetch(), own.refetch()])} />
    ) : (
      <Loading lines={8} />
    );
  // So it does if somebody else deletes the thread's text meanwhile.
  if (own.data.content !== null && !had) setHad(true);
  if (own.data.content === null && !making && !had) return <Follows thread={thread} onMake={() => setMaking(true)} />;

  function onGone(): void {
    setMaking(false);
    setHad(false);
  }

  return <Writing thread={thread} kept={own.data} isDeleted={had && own.data.content === null} onGone={onGone} />;
}

function Follows({ thread, onMake }: { thread: string; onMake: () => void }) {
  const shared = useText(null);
  const plan = usePlan(thread);
  return (
    <div className={classes.columns}>
      <Section
        title="The text it follows"
        actions={
          <Button
            size="xs"
            leftSection={<IconFilePlus size={16} aria-hidden />}
            onClick={onMake}
            disabled={shared.data === undefined}
          >
            Give it a text of its own
          </Button>
        }
      >
        <Stack gap="sm">
          <Text size="sm">
            Thread {thread} has no text of its own: it follows the workspace’s{" "}
            <LinkText to="/instructions" search={{}} inherit>
              HEARTBEAT.md
            </LinkText>
            , as it is at each beat. A text of its own begins as a copy, and is then only changed here.
          </Text>
          {shared.error && <Problem error={shared.error} again={() => void shared.refetch()} />}
          {shared.data?.content === null && <Text size="sm">There is no HEARTBEAT.md yet.</Text>}
          {typeof shared.data?.content === "string" && <pre className={classes.follows}>{shared.data.content}</pre>}
        </Stack>
      </Section>
      <Stack gap="md" miw={0}>
        <NowSection thread={thread} />
        {plan.data && <SaidSection thread={thread} saved={plan.data} />}
        <Section title="How it is read">
          <PlanShown
            thread={thread}
            saved={plan.data}
            unsaved={undefined}
            error={plan.error}
            again={() => void plan.refetch()}
            onLine={null}
          />
        </Section>
      </Stack>
    </div>
  );
}

interface WritingProps {
  thread: string;
  kept: Kept;
  /** Whether somebody else has deleted the text while it was open here. */
  isDeleted: boolean;
  onGone: () => void;
}

function Writing({ thread, kept, isDeleted, onGone }: WritingProps) {
  const shared = useText(null);
  const drop = useDropText(thread);
  if (shared.data === undefined) return <Loading lines={8} />;
  const button =
    kept.content === null ? (
      <Button size="xs" variant="default" onClick={onGone}>
        Do without
      </Button>
    ) : (
      <ConfirmButton
        size="xs"
        variant="default"
        loading={drop.isPending}
        question="Follow the workspace’s text again?"
        consequence={`The own text of thread ${thread} is deleted, with changes that are not saved. From its next beat on the thread follows HEARTBEAT.md.`}
        yes="Delete the own text"
        onConfirm={() => drop.mutate(kept.etag, { onSuccess: onGone })}
      >
        Back to the workspace’s
      </ConfirmButton>
    );
  return (
    <Stack gap="md">
      {drop.error && <Problem error={drop.error} title="It was not deleted" />}
      <Group gap="xs">
        <Text size="sm">
          {sentenceOf(thread, kept, isDeleted)}
        </Text>
      </Group>
      <InstructionsEditor thread={thread} kept={kept} start={shared.data.content ?? ""} actions={button} />
    </Stack>
  );
}

function sentenceOf(thread: string, kept: Kept, isDeleted: boolean): string {
  if (isDeleted)
    return `Somebody else has deleted the text of thread ${thread}, which follows the workspace’s HEARTBEAT.md now. What is below is kept nowhere else.`;
  return kept.content === null
    ? `A copy of the workspace’s text; once saved, it is what thread ${thread} follows.`
    : `What thread ${thread} follows in place of the workspace’s HEARTBEAT.md.`;
}
