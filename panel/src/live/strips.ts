/** Applies an event to cached threads, before they are fetched again. */
import type { ThreadPages } from "../api/threads";
import type { RecentBeat, Thread } from "../api/types";
import { type LiveEvent, textOf } from "./events";

export const STRIP = 20;

/** Return the strip with a beat added or replaced; the newest first, each beat once. */
export function withBeat(recent: readonly RecentBeat[], beat: RecentBeat): RecentBeat[] {
  const others = recent.filter((each) => each.id !== beat.id);
  return [beat, ...others].sort((one, other) => other.id - one.id).slice(0, STRIP);
}

/** Return the thread after an event; the same object if nothing has changed. */
export function afterEvent(thread: Thread, event: LiveEvent): Thread {
  if (thread.thread_id !== event.thread_id) return thread;
  if (event.kind === "thread.paused")
    return { ...thread, status: "paused", paused_reason: textOf(event, "reason") ?? thread.paused_reason };
  if (event.beat_id === null) return thread;
  const told = beatOf(event);
  if (told === null) return thread;
  const recent = withBeat(thread.recent, { id: event.beat_id, status: told.status, reason: told.reason });
  if (recent[0]?.id !== event.beat_id) return { ...thread, recent };
  return {
    ...thread,
    recent,
    last_beat: event.beat_id,
    last_status: told.status,
    last_reason: told.reason,
    last_summary: told.summary,
  };
}

/** Return the pages after an event; pages without the thread stay the same objects. */
export function pagesAfter(pages: ThreadPages, event: LiveEvent): ThreadPages {
  return replaceThread(pages, event.thread_id, (thread) => afterEvent(thread, event));
}

/** Return the pages with one thread replaced. */
export function replaceThread(
  old: ThreadPages,
  id: string | null,
  change: (thread: Thread) => Thread,
): ThreadPages {
  const place = old.pages.findIndex((page) => page.items.some((thread) => thread.thread_id === id));
  const page = old.pages[place];
  if (!page) return old;
  const items = page.items.map((thread) => (thread.thread_id === id ? change(thread) : thread));
  return { ...old, pages: old.pages.with(place, { ...page, items }) };
}

function beatOf(event: LiveEvent): (Omit<RecentBeat, "id"> & { summary: string }) | null {
  const summary = textOf(event, "summary") ?? "";
  switch (event.kind) {
    case "beat.started":
      return { status: "running", reason: null, summary };
    case "beat.finished":
      // Not checked: the panel and the service have the same version.
      return {
        status: (textOf(event, "status") ?? "none") as RecentBeat["status"],
        reason: textOf(event, "reason") as RecentBeat["reason"],
        summary,
      };
    case "approval.requested":
      return { status: "awaiting_approval", reason: null, summary };
    default:
      return null;
  }
}
