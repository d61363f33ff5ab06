/** The editor of one instructions text, beside what the service reads in it. */
import { Alert, Button, Group, Kbd, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { type ReactNode, useId, useMemo, useRef } from "react";

import { useStatus } from "../../api/status";
import { usePlan } from "../../api/plan";
import { type Kept, useChecked } from "../../api/texts";
import type { Plan } from "../../api/types";
import { Instant } from "../../ui/Instant";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { Conflict } from "./Conflict";
import { Editor, type EditorHandle, type Remark } from "./Editor";
import classes from "./Instructions.module.css";
import { Leaving } from "./Leaving";
import { NowSection } from "./now/NowSection";
import { NowOfWorkspace } from "./now/OfWorkspace";
import { PlanShown } from "./plan/PlanShown";
import { SaidSection } from "./plan/SaidSection";
import { savedText, sharedText } from "./sharing";
import { type Draft, useDraft } from "./useDraft";

/** Milliseconds without a change before the service is asked to read the text. */
const PAUSE = 300;
const NONE: readonly Remark[] = [];

interface Props {
  thread: string | null;
  /** The text as the service stores it now. */
  kept: Kept;
  /** The initial text if none is stored. */
  start: string;
  /** More buttons beside Save. */
  actions?: ReactNode;
}

export function InstructionsEditor({ thread, kept, start, actions }: Props) {
  const editor = useRef<EditorHandle>(null);
  const all = useStatus().data?.sharing;
  const sharing = thread === null ? all : undefined;
  const help = useId();
  const draft = useDraft({ thread, kept, start, editor, onSaved: () => showSaved(sharing) });
  const [settled] = useDebouncedValue(draft.mine, PAUSE);
  const checked = useChecked(thread, settled);
  const saved = usePlan(thread);
  // The line numbers of an older text's remarks may be wrong for this one.
  const fresh = settled === draft.mine && !checked.isPlaceholderData;
  const remarks = useMemo(() => (fresh ? remarksOf(checked.data) : NONE), [fresh, checked.data]);
  return (
    <Stack gap="md">
      <Leaving dirty={draft.dirty} />
      <SaveProblems draft={draft} />
      <div className={classes.columns}>
        <div className={classes.text}>
        <Section
          title="Text"
          actions={
            <Group gap="sm">
              <SavedAt draft={draft} />
              {actions}
              <SaveButton draft={draft} />
            </Group>
          }
        >
          <Editor
            ref={editor}
            label={thread === null ? "HEARTBEAT.md" : `The text of thread ${thread}`}
            describedBy={help}
            initial={draft.mine}
            remarks={remarks}
            onChange={draft.change}
            onSave={() => draft.dirty && draft.save()}
          />
          <EditorHelp id={help} path={draft.base.path} sharing={sharing} />
        </Section>
        </div>
        <Stack gap="md" miw={0}>
          {thread === null ? <NowOfWorkspace /> : <NowSection thread={thread} />}
          {thread !== null && saved.data && <SaidSection thread={thread} saved={saved.data} />}
          <Section title="How it is read">
            <div aria-busy={!fresh}>
              <PlanShown
                thread={thread}
                saved={saved.data}
                unsaved={draft.dirty || kept.content === null ? checked.data : undefined}
                error={saved.error ?? checked.error}
                again={() => void Promise.all([saved.refetch(), checked.refetch()])}
                onLine={(line) => editor.current?.jump(line)}
              />
            </div>
          </Section>
        </Stack>
      </div>
    </Stack>
  );
}

function showSaved(sharing: number | undefined): void {
  notifications.show({ message: savedText(sharing), color: "green", closeButtonProps: { "aria-label": "Close" } });
}

interface DraftProps {
  draft: Draft;
}

/** The conflict to resolve, the error of the last save, and a note that somebody else has saved. */
function SaveProblems({ draft }: DraftProps) {
  const { theirs, mine, dirty, changedElsewhere, stale, busy, error } = draft;
  return (
    <>
      {theirs !== null && (
        <Conflict
          theirs={theirs}
          mine={mine}
          busy={busy}
          onMine={draft.keepMine}
          onTheirs={draft.takeTheirs}
          onEdit={draft.goOnEditing}
        />
      )}
      {error !== null && dirty && !(stale && theirs !== null) && (
        <Problem error={error} title="It was not saved" again={draft.save} />
      )}
      {changedElsewhere && dirty && theirs === null && !busy && !stale && (
        <Alert color="yellow" variant="outline" title="Somebody else has changed the text meanwhile">
          Go on; when you save, both texts are shown and you choose.
        </Alert>
      )}
    </>
  );
}

function SavedAt({ draft }: DraftProps) {
  return (
    <Text size="sm" c="dimmed" role="status">
      {draft.dirty ? (
        "Not saved yet"
      ) : (
        <>
          Saved <Instant at={draft.base.modified} none="" />
        </>
      )}
    </Text>
  );
}

function SaveButton({ draft }: DraftProps) {
  return (
    <Button
      size="xs"
      leftSection={<IconDeviceFloppy size={16} aria-hidden />}
      onClick={draft.save}
      disabled={!draft.dirty}
      loading={draft.busy && draft.theirs === null}
    >
      Save
    </Button>
  );
}

interface EditorHelpProps {
  id: string;
  path: string | null;
  sharing: number | undefined;
}

function EditorHelp({ id, path, sharing }: EditorHelpProps) {
  return (
    <Text id={id} size="xs" c="dimmed" mt={6}>
      <Kbd size="xs">Ctrl</Kbd> or <Kbd size="xs">⌘</Kbd> + <Kbd size="xs">S</Kbd> saves. <Kbd size="xs">Tab</Kbd>{" "}
      leaves the editor (also after <Kbd size="xs">Esc</Kbd>); <Kbd size="xs">Ctrl</Kbd> + <Kbd size="xs">]</Kbd>{" "}
      indents. {path !== null && <>The file: {path}. </>}
      {sharing !== undefined && sharedText(sharing)}
    </Text>
  );
}

/** What is marked in the text: the problems of its lines, once each. */
function remarksOf(plan: Plan | undefined): readonly Remark[] {
  return (plan?.problems ?? []).flatMap(({ line, message, is_warning: warning }) =>
    line === null ? [] : [{ line, message, severity: warning ? ("warning" as const) : ("error" as const) }],
  );
}
