/** The event stream of the page. It reconnects by itself and continues after the last event it received. */
import { KINDS, type LiveEvent, parse } from "./events";

const URL = "/api/heartbeat/events";
const SHORTEST = 1_000;
const LONGEST = 15_000;
/** Milliseconds for which a tab may be hidden before its stream is closed. */
export const REST_AFTER = 10_000;

export interface Hooks {
  /** Called for each event. */
  event: (event: LiveEvent) => void;
  /** Called when the stream is open; what was loaded before may be stale. */
  opened: () => void;
  /** Called when the stream is lost; resolves to whether to reconnect (false: the user has to log in first). */
  lost: () => Promise<boolean>;
}

/** Return the milliseconds to wait before a retry: exponential from 1 s to 15 s, with ±25 % jitter. */
export function pause(failures: number, random: number = Math.random()): number {
  return Math.min(LONGEST, SHORTEST * 2 ** Math.min(failures, 10)) * (0.75 + random / 2);
}

/**
 * Open the stream; returns a function that closes it.
 *
 * A browser reconnects by itself after a lost connection, but not after an error response. So every loss is handled
 * here, by a new stream with the events `after` the last one.
 *
 * A hidden tab closes its stream: a browser allows six connections to a service over all tabs, and each stream uses
 * one. When the tab is shown again, all queries are fetched again, so the missed events are not requested.
 */
export function connect(
  hooks: Hooks,
  open: (url: string) => EventSource = (url) => new EventSource(url),
  page: Document = document,
): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "";
  let failures = 0;
  let closed = false;
  let resting = false;
  let soon: ReturnType<typeof setTimeout> | undefined;

  function rest(): void {
    resting = true;
    clearTimeout(timer);
    source?.close();
    source = null;
    last = "";
  }

  function look(): void {
    clearTimeout(soon);
    if (page.visibilityState === "hidden") {
      if (!resting) soon = setTimeout(rest, REST_AFTER);
    } else if (resting) {
      resting = false;
      failures = 0;
      start();
    }
  }

  function start(): void {
    const made = open(last === "" ? URL : `${URL}?after=${last}`);
    source = made;
    made.onopen = () => {
      failures = 0;
      hooks.opened();
    };
    for (const kind of KINDS) {
      made.addEventListener(kind, (message: MessageEvent<string>) => {
        if (/^\d+$/.test(message.lastEventId)) last = message.lastEventId;
        const event = parse(kind, message.data);
        if (event !== null) hooks.event(event);
      });
    }
    made.onerror = () => {
      made.close();
      if (source !== made) return;
      source = null;
      void hooks.lost().then((again) => {
        if (closed || resting || !again) return;
        timer = setTimeout(start, pause(failures));
        failures += 1;
      });
    };
  }

  page.addEventListener("visibilitychange", look);
  if (page.visibilityState === "hidden") resting = true;
  else start();
  return () => {
    closed = true;
    page.removeEventListener("visibilitychange", look);
    clearTimeout(soon);
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}
