/** The one stream of events of the page: it comes back by itself, and then goes on behind the last event it saw. */
import { KINDS, type LiveEvent, parse } from "./events";

const URL = "/api/heartbeat/events";
const SHORTEST = 1_000;
const LONGEST = 15_000;
/** How long a tab may be hidden before it gives its stream back, in milliseconds. */
export const REST_AFTER = 10_000;

export interface Hooks {
  /** An event has come. */
  event: (event: LiveEvent) => void;
  /** The stream is open; `again` where it was lost before, so that what is shown may be stale. */
  opened: (again: boolean) => void;
  /** The stream was lost; asks whether to try again (false: the page has to log in first). */
  lost: () => Promise<boolean>;
}

/** How long to wait before a try, in milliseconds: doubled at each, with a spread, up to a quarter of a minute. */
export function pause(failures: number, random: number = Math.random()): number {
  return Math.min(LONGEST, SHORTEST * 2 ** Math.min(failures, 10)) * (0.75 + random / 2);
}

/**
 * Opens the stream; returns what closes it.
 *
 * A browser would come back by itself after a cut, but not after an answer it does not like; so every loss is treated
 * alike: a new stream that asks for what came `after` the last event.
 *
 * A hidden tab has none: a browser opens no more than six connections to a service, for all its tabs, and streams hold
 * theirs. When it is shown again, everything is asked for anew, so what came meanwhile is not.
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
  let before = false;
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
      hooks.opened(before);
      before = true;
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
