/** The conversation with the agent, which reads new messages in its next beat. */
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState } from "react";

import { useMessages, useSay } from "../../api/messages";
import { fieldProblem } from "../../api/problem";
import { Instant } from "../../ui/Instant";
import { Loading } from "../../ui/Loading";
import { PlainText } from "../../ui/PlainText";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import classes from "./Thread.module.css";

export function Conversation({ id }: { id: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useMessages(id);
  // The first page holds the newest messages; each page is in chronological order.
  const shown = data?.pages.toReversed().flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLDivElement>(null);
  const last = shown.at(-1)?.id;
  useEffect(() => {
    // Scrolls to a new message; loading earlier ones does not change `last`.
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [last]);

  return (
    <Section title="Conversation">
      <Stack gap="sm">
        {error && <Problem error={error} again={() => void refetch()} />}
        {!data && !error && <Loading lines={2} />}
        {data && shown.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing was said yet. What you say here, the agent reads in its next beat.
          </Text>
        )}
        {shown.length > 0 && (
          // A scrolling list must be reachable by keyboard.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <div ref={list} className={classes.messages} tabIndex={0} role="log" aria-label="Messages">
            {hasNextPage && (
              <Button
                size="compact-sm"
                variant="default"
                loading={isFetchingNextPage}
                onClick={() => void fetchNextPage()}
              >
                Earlier messages
              </Button>
            )}
            {shown.map((message) => (
              <article key={message.id} className={classes.message}>
                <Group gap="xs">
                  <Text size="xs" fw={600}>
                    {message.shown_as}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <Instant at={message.created_at} />
                  </Text>
                </Group>
                <PlainText size="sm">{message.content}</PlainText>
              </article>
            ))}
          </div>
        )}
        <Say id={id} />
      </Stack>
    </Section>
  );
}

function Say({ id }: { id: string }) {
  const [text, setText] = useState("");
  const say = useSay(id);
  const said = fieldProblem(say.error, "content");

  function send(): void {
    if (!say.isPending) say.mutate(text, { onSuccess: () => setText("") });
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    send();
  }

  function key(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  }

  return (
    <form onSubmit={submit} aria-label="Say something">
      <Stack gap="xs">
        <Textarea
          label="Say something to the agent"
          description="As owner; Ctrl+Enter sends. What you say here is not private: an agent with a public voice may repeat it."
          value={text}
          // What is typed while it is being sent would be emptied with it.
          readOnly={say.isPending}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={key}
          error={said}
          autosize
          minRows={2}
          maxRows={8}
        />
        {say.error && said === null && <Problem error={say.error} />}
        <Group justify="flex-end">
          <Button type="submit" size="sm" loading={say.isPending} disabled={text.trim() === ""}>
            Send
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
