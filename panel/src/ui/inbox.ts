/** The kinds and the states of items of the inbox in words, each with an icon. */
import {
  IconActivity,
  IconArchive,
  IconBell,
  IconCalendarEvent,
  IconCheck,
  IconCircle,
  IconClockPause,
  IconEye,
  IconFileText,
  IconHistory,
  IconMail,
  IconMessage,
  IconQuestionMark,
  IconRss,
  IconSparkles,
  IconSquare,
  IconWorld,
  type Icon,
} from "@tabler/icons-react";

import type { Connection, FeedKind, ItemState } from "../api/types";

interface Look {
  label: string;
  icon: Icon;
}

const KINDS: Record<FeedKind, Look> = {
  post: { label: "post", icon: IconMessage },
  comment: { label: "comment", icon: IconMessage },
  message: { label: "message", icon: IconMessage },
  alert: { label: "alert", icon: IconActivity },
  entry: { label: "entry", icon: IconRss },
  event: { label: "appointment", icon: IconCalendarEvent },
  file: { label: "file", icon: IconFileText },
  mail: { label: "mail", icon: IconMail },
  page: { label: "change of a page", icon: IconWorld },
  task: { label: "open box", icon: IconSquare },
};

const STATES: Record<ItemState, Look> = {
  new: { label: "new", icon: IconSparkles },
  open: { label: "waits for another beat", icon: IconCircle },
  read: { label: "looked at", icon: IconEye },
  told: { label: "you were told", icon: IconBell },
  old: { label: "no news", icon: IconHistory },
  done: { label: "done", icon: IconCheck },
  snoozed: { label: "snoozed", icon: IconClockPause },
  gone: { label: "gone", icon: IconArchive },
};

/** The kinds that the inbox holds; the others are on the forum or in a conversation. */
export const INBOX_KINDS: readonly FeedKind[] = ["alert", "entry", "event", "file", "mail", "page", "task"];

export const ITEM_STATES = Object.keys(STATES) as ItemState[];

/** The states that are the same for every thread. */
export const SHARED_STATES: readonly ItemState[] = ["new", "old", "done", "snoozed", "gone"];

/** Return the look of a kind; an unknown one of a newer service is shown under its own name. */
export function lookOfKind(kind: string): Look {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind as FeedKind] : { label: kind, icon: IconQuestionMark };
}

export function lookOfState(state: string): Look {
  return Object.hasOwn(STATES, state) ? STATES[state as ItemState] : { label: state, icon: IconQuestionMark };
}

export function isLookedAt({ every, hidden }: Pick<Connection, "every" | "hidden">): boolean {
  return every !== null && !hidden;
}
