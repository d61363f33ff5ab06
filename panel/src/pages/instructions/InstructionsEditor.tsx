/** Where one text is written: editor, reading, save, and what to do when somebody else was faster. */
import { Alert, Button, Group, Kbd, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import { ProblemError } from "../../api/problem";
import { useStatus } from "../../api/status";
import { type Kept, useFreshText, useReading, useSaveText } from "../../api/texts";
import type { Remark } from "../../api/types";
import { Instant } from "../../ui/Instant";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { Conflict } from "./Conflict";
import { Editor, type EditorHandle } from "./Editor";
import classes from "./Instructions.module.css";
import { Leaving } from "./Leaving";
import { Reading } from "./Reading";
import { savedText, sharedText } from "./sharing";

const PAUSE = 300;
const NONE: readonly Remark[] = [];

interface Props {
  thread: string | null;
  /** The text as it is kept now. */
  kept: Kept;
  /** What to begin with where nothing is kept. */
  start: string;
  /** More buttons beside save. */
  actions?: ReactNode;
}

export function InstructionsEditor({ thread, kept, start, actions }: Props) {
  const editor = useRef<EditorHandle>(null);
  const all = useStatus().data?.sharing;
  const sharing = thread === null ? all : undefined;
  const help = useId();
  /** The text that mine began from, and whose replacement a save asks for. */
  const [base, setBase] = useState(kept);
  const [mine, setMine] = useState(kept.content ?? start);
  const [theirs, setTheirs] = useState<Kept | null>(null);
  const [adopted, setAdopted] = useState<Kept | null>(null);
  const [settled] = useDebouncedValue(mine, PAUSE);
  const reading = useReading(settled);
  const saving = useSaveText(thread);
  const look = useFreshText(thread);
  const dirty = mine !== base.content;
  const elsewhere = kept.etag !== base.etag;

  if (elsewhere && (!dirty || kept.content === mine) && !saving.isPending && kept.content !== null) {
    // Somebody else has written it, and nothing of mine is in the way; or it is mine, and the answer was lost.
    setBase(kept);
    setMine(kept.content);
    setTheirs(null);
    setAdopted(kept);
  }
  useEffect(() => {
    if (typeof adopted?.content === "string") editor.current?.replace(adopted.content);
  }, [adopted]);

  function save(etag: string | null = base.etag): void {
    if (saving.isPending) return;
    saving.mutate(
      { content: mine, etag },
      {
        onSuccess: saved,
        onError: (error) => {
          if (!(error instanceof ProblemError) || error.status !== 412) return;
          look().then(
            (found) => {
              // An earlier try was kept, and its answer was lost on the way.
              if (found.content === mine) {
                saving.reset();
                saved(found);
              } else setTheirs(found);
            },
            () => setTheirs(null),
          );
        },
      },
    );
  }

  function saved(now: Kept): void {
    setBase(now);
    setTheirs(null);
    notifications.show({ message: savedText(sharing), color: "green", closeButtonProps: { "aria-label": "Close" } });
  }

  function takeTheirs(): void {
    if (theirs?.content === null || theirs === null) return;
    editor.current?.replace(theirs.content);
    setBase(theirs);
    setTheirs(null);
    saving.reset();
    editor.current?.focus();
  }

  const stale = saving.error instanceof ProblemError && saving.error.status === 412;
  const current = reading.data;
  // Marks of an older text would stand at wrong lines.
  const fresh = current !== undefined && settled === mine && !reading.isPlaceholderData;
  return (
    <Stack gap="md">
      <Leaving dirty={dirty} />
      {theirs !== null && (
        <Conflict
          theirs={theirs}
          mine={mine}
          busy={saving.isPending}
          onMine={() => {
            save(theirs.etag);
            editor.current?.focus();
          }}
          onTheirs={takeTheirs}
          onEdit={() => {
            setTheirs(null);
            saving.reset();
            editor.current?.focus();
          }}
        />
      )}
      {saving.error !== null && dirty && !(stale && theirs !== null) && (
        <Problem error={saving.error} title="It was not saved" again={() => save()} />
      )}
      {elsewhere && dirty && theirs === null && !saving.isPending && !stale && (
        <Alert color="yellow" variant="outline" title="Somebody else has changed the text meanwhile">
          Go on; when you save, both texts are shown and you choose.
        </Alert>
      )}
      <div className={classes.columns}>
        <Section
          title="Text"
          actions={
            <Group gap="sm">
              <Text size="sm" c="dimmed" role="status">
                {dirty ? (
                  "Not saved yet"
                ) : (
                  <>
                    Saved <Instant at={base.modified} none="" />
                  </>
                )}
              </Text>
              {actions}
              <Button
                size="xs"
                leftSection={<IconDeviceFloppy size={16} aria-hidden />}
                onClick={() => save()}
                disabled={!dirty}
                loading={saving.isPending && theirs === null}
              >
                Save
              </Button>
            </Group>
          }
        >
          <Editor
            ref={editor}
            label={thread === null ? "HEARTBEAT.md" : `The text of thread ${thread}`}
            describedBy={help}
            initial={mine}
            problems={fresh ? (current.problems ?? NONE) : NONE}
            warnings={fresh ? (current.warnings ?? NONE) : NONE}
            onChange={setMine}
            onSave={() => dirty && save()}
          />
          <Text id={help} size="xs" c="dimmed" mt={6}>
            <Kbd size="xs">Ctrl</Kbd> or <Kbd size="xs">⌘</Kbd> + <Kbd size="xs">S</Kbd> saves. <Kbd size="xs">Tab</Kbd>{" "}
            leaves the editor (also after <Kbd size="xs">Esc</Kbd>); <Kbd size="xs">Ctrl</Kbd> + <Kbd size="xs">]</Kbd>{" "}
            indents. {base.path !== null && <>The file: {base.path}. </>}
            {sharing !== undefined && sharedText(sharing)}
          </Text>
        </Section>
        <Section title="How it is read">
          {reading.error && <Problem error={reading.error} title="It cannot be read" />}
          {!reading.error &&
            (current ? (
              <div aria-busy={!fresh}>
                <Reading reading={current} onLine={(line) => editor.current?.jump(line)} />
              </div>
            ) : (
              <Loading lines={6} height={18} />
            ))}
        </Section>
      </div>
    </Stack>
  );
}
