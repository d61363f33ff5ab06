/** Sample responses of the service, for tests. */
import type { ThreadPages } from "../api/threads";
import type { Connection, Delivery, InboxItem, Thread } from "../api/types";

export function thread(id: string, more: Partial<Thread> = {}): Thread {
  return {
    thread_id: id,
    title: "",
    status: "on",
    state: { name: "beating", sentence: "It beats by itself.", until: null, remedy: null },
    obstacles: [],
    approvals: [],
    paused_reason: null,
    config_problem: null,
    config: { every: 1800 },
    overrides: {},
    own_instructions: false,
    next_due: "2026-11-02T12:30:00Z",
    created_at: "2026-11-01T12:00:00Z",
    last_run: null,
    last_beat: null,
    last_status: null,
    last_reason: null,
    last_summary: null,
    recent: [],
    ...more,
  };
}

export function pages(...given: Thread[][]): ThreadPages {
  return {
    pages: given.map((items, place) => ({
      items,
      next: place < given.length - 1 ? (items.at(-1)?.thread_id ?? null) : null,
    })),
    pageParams: given.map((_, place) => given[place - 1]?.at(-1)?.thread_id ?? ""),
  };
}

export function connection(name: string, more: Partial<Connection> = {}): Connection {
  return {
    name,
    kind: "apprise",
    origin: "row",
    reach: "owner",
    private: false,
    leads_to: "ntfys",
    values: { reach: "owner", repeat: null },
    secrets: ["url"],
    state: "ok",
    problem: null,
    hidden: false,
    target: true,
    kinds: ["tell"],
    last_try: null,
    last_sent: null,
    down_since: null,
    every: null,
    last_look: null,
    next_look: null,
    failing_since: null,
    left_out: null,
    held_back: 0,
    unused: false,
    ...more,
  };
}

export function delivery(id: number, more: Partial<Delivery> = {}): Delivery {
  return {
    id,
    thread_id: "demo",
    beat_id: 7,
    target: "phone",
    kind: "tell",
    text: "Tea is ready.",
    status: "pending",
    reason: null,
    private: false,
    by_person: false,
    tries: [],
    searching: false,
    next_try: null,
    is_down: false,
    expires_at: "2026-11-02T13:00:00Z",
    receipt: null,
    created_at: "2026-11-02T12:00:00Z",
    finished_at: null,
    answers: ["retry", "cancel"],
    ...more,
  };
}

export function inboxItem(id: number, more: Partial<InboxItem> = {}): InboxItem {
  return {
    id,
    connection: "days",
    kind: "event",
    state: "new",
    author: "",
    title: "Dentist",
    content: "",
    url: null,
    parent: null,
    own: false,
    due_at: "2026-11-02T15:00:00Z",
    ends_at: "2026-11-02T16:00:00Z",
    all_day: false,
    created_at: "2026-11-02T12:00:00Z",
    first_at: "2026-11-02T12:00:00Z",
    changed_at: "2026-11-02T12:00:00Z",
    gone_at: null,
    done_at: null,
    snoozed_until: null,
    ...more,
  };
}
