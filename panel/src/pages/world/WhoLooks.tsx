/** The question which threads look at a private connection. */
import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { sentence } from "../../api/problem";
import { looksAt, useLetLook } from "../../api/sources";
import { useThreads } from "../../api/threads";
import type { Thread } from "../../api/types";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { useFocusFirst } from "../../ui/useFocusFirst";
import classes from "./World.module.css";

interface Props {
  name: string;
  onDone: () => void;
}

export function WhoLooks({ name, onDone }: Props) {
  const { data, error, refetch } = useThreads();
  const threads = data?.pages.flatMap((page) => page.items);
  if (threads === undefined) return error ? <Problem error={error} again={() => void refetch()} /> : <Loading lines={3} height={28} />;
  return threads.length === 0 ? <NoThread name={name} onDone={onDone} /> : <Question name={name} threads={threads} onDone={onDone} />;
}

function NoThread({ name, onDone }: Props) {
  const step = useFocusFirst<HTMLDivElement>();
  return (
    <Stack gap="sm" ref={step}>
      <Text size="sm">{name} is saved. It is private, so only threads that name it look at it. There is no thread yet: the form of a new one asks.</Text>
      <Group justify="flex-end">
        <Button data-autofocus onClick={onDone}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}

function Question({ name, threads, onDone }: Props & { threads: readonly Thread[] }) {
  const [chosen, setChosen] = useState<readonly string[]>(() => threads.filter((each) => looksAt(each, name)).map(({ thread_id }) => thread_id));
  const save = useLetLook(name);
  const step = useFocusFirst<HTMLFormElement>();
  const refused = new Map(save.data?.map(({ thread, error }) => [thread, sentence(error)]));

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const added = threads.filter((each) => chosen.includes(each.thread_id) && !looksAt(each, name));
    save.mutate(added, { onSuccess: (failed) => failed.length === 0 && onDone() });
  }

  return (
    <form ref={step} onSubmit={submit} aria-label={`Who looks at ${name}`}>
      <Stack gap="sm">
        <Checkbox.Group
          label={`Which threads look at ${name}?`}
          description="It is private: only threads that name it look at it, and what they look at besides stays as it is."
          value={[...chosen]}
          onChange={setChosen}
        >
          <Stack gap="xs" mt="sm" className={classes.threads}>
            {threads.map((each, place) => (
              <Checkbox
                key={each.thread_id}
                value={each.thread_id}
                label={each.title === "" ? each.thread_id : `${each.title} (${each.thread_id})`}
                disabled={looksAt(each, name)}
                error={refused.get(each.thread_id)}
                data-autofocus={place === 0 || undefined}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        {save.error && <Problem error={save.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>
            Not now
          </Button>
          <Button type="submit" loading={save.isPending} disabled={chosen.length === 0}>
            Let them look
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
