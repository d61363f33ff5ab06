/** The draft of an instructions text: the text in the editor, the version it began from, saving, and conflicts. */
import { type RefObject, useEffect, useState } from "react";

import { ProblemError } from "../../api/problem";
import { type Kept, useFreshText, useSaveText } from "../../api/texts";
import type { EditorHandle } from "./Editor";

interface Options {
  thread: string | null;
  /** The text as the service stores it now. */
  kept: Kept;
  /** The initial text if none is stored. */
  start: string;
  editor: RefObject<EditorHandle | null>;
  onSaved: () => void;
}

export interface Draft {
  /** The stored version that `mine` began from, and that a save replaces. */
  base: Kept;
  /** The text in the editor. */
  mine: string;
  /** The version that somebody else has saved, while the user has to choose; otherwise null. */
  theirs: Kept | null;
  /** Whether `mine` has unsaved changes. */
  dirty: boolean;
  /** Whether the stored version is no longer `base`. */
  changedElsewhere: boolean;
  /** Whether the last save was refused because the stored version was not `base`. */
  stale: boolean;
  busy: boolean;
  error: Error | null;
  change: (text: string) => void;
  save: () => void;
  keepMine: () => void;
  takeTheirs: () => void;
  /** Close the conflict and keep both versions as they are. */
  goOnEditing: () => void;
}

export function useDraft({ thread, kept, start, editor, onSaved }: Options): Draft {
  const [base, setBase] = useState(kept);
  const [mine, setMine] = useState(kept.content ?? start);
  const [theirs, setTheirs] = useState<Kept | null>(null);
  const [adopted, setAdopted] = useState<Kept | null>(null);
  const saving = useSaveText(thread);
  const look = useFreshText(thread);
  const dirty = mine !== base.content;
  const changedElsewhere = kept.etag !== base.etag;

  if (changedElsewhere && (!dirty || kept.content === mine) && !saving.isPending && kept.content !== null) {
    // Somebody else saved while there were no unsaved changes, or our own save succeeded but its response was lost.
    setBase(kept);
    setMine(kept.content);
    setTheirs(null);
    setAdopted(kept);
  }
  useEffect(() => {
    if (typeof adopted?.content === "string") editor.current?.replace(adopted.content);
  }, [adopted, editor]);

  function saved(now: Kept): void {
    setBase(now);
    setTheirs(null);
    onSaved();
  }

  function save(etag: string | null): void {
    if (saving.isPending) return;
    saving.mutate({ content: mine, etag }, { onSuccess: saved, onError: refused });
  }

  function refused(error: Error): void {
    if (!isStale(error)) return;
    look().then(
      (found) => {
        // An earlier save succeeded, but its response was lost.
        if (found.content === mine) {
          saving.reset();
          saved(found);
        } else setTheirs(found);
      },
      () => setTheirs(null),
    );
  }

  function keepMine(): void {
    if (theirs === null) return;
    save(theirs.etag);
    editor.current?.focus();
  }

  function takeTheirs(): void {
    if (theirs?.content === null || theirs === null) return;
    editor.current?.replace(theirs.content);
    setBase(theirs);
    goOnEditing();
  }

  function goOnEditing(): void {
    setTheirs(null);
    saving.reset();
    editor.current?.focus();
  }

  return {
    base,
    mine,
    theirs,
    dirty,
    changedElsewhere,
    stale: isStale(saving.error),
    busy: saving.isPending,
    error: saving.error,
    change: setMine,
    save: () => save(base.etag),
    keepMine,
    takeTheirs,
    goOnEditing,
  };
}

function isStale(error: Error | null): boolean {
  return error instanceof ProblemError && error.status === 412;
}
