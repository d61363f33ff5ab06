/** Applies events to the query cache: data in the event is patched in at once, everything else is fetched again. */
import type { QueryClient } from "@tanstack/react-query";

import { afterFirst, keys, stale } from "../api/queries";
import { ProblemError } from "../api/problem";
import { oneThread, threadPage, type ThreadPages } from "../api/threads";
import type { Thread } from "../api/types";
import { CHANGES, type LiveEvent } from "./events";
import { nodes } from "./nodes";
import { pagesAfter, replaceThread, afterEvent } from "./strips";
import { Throttle } from "./throttle";

const SOON = 1_000;
const LATER = 10_000;
/** Up to this many changed threads are fetched one by one; more of them by whole pages. */
const ONE_BY_ONE = 5;

export class Feed {
  readonly #queries: QueryClient;
  readonly #throttle = new Throttle();
  readonly #changed = new Set<string>();

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  /** Apply one event. */
  take(event: LiveEvent): void {
    switch (CHANGES[event.kind]) {
      case "everything":
        this.everything();
        break;
      case "node":
        nodes.add(event);
        break;
      case "forum":
        this.#stale("forum", keys.forum, SOON);
        break;
      case "delivery":
        this.#delivery(event);
        break;
      case "standing":
        this.#standing(event);
        break;
      case "connections":
        this.#connections();
        break;
      case "inbox":
        this.#stale("inbox", keys.inbox, SOON);
        // It was looked at.
        this.#stale("connections", keys.connections, SOON);
        break;
      case "plan":
        this.#stale("plan", keys.plan, SOON);
        break;
      case "status":
        this.#status(event);
    }
  }

  #status(event: LiveEvent): void {
    if (event.kind === "beat.started" && event.beat_id !== null) nodes.begin(event.beat_id);
    this.#stale("status", keys.status, SOON);
    if (event.thread_id !== null) this.#thread(event, event.thread_id);
    if (event.beat_id !== null) this.#beat(event.beat_id);
  }

  /** The status of an action follows its deliveries, and the state of a connection their tries. */
  #delivery(event: LiveEvent): void {
    this.#stale("deliveries", keys.deliveries, SOON);
    this.#stale("told", keys.told, SOON);
    this.#stale("connections", keys.connections, SOON);
    if (event.beat_id !== null) {
      const { beat_id } = event;
      this.#throttle.run(`beat ${beat_id}`, SOON, () => void stale(this.#queries, { queryKey: keys.beat(beat_id) }));
    } else {
      // All that a thread has queued was held, or released.
      this.#stale("every beat", ["beat"], SOON);
    }
    this.#stale("history", keys.history, SOON);
  }

  /** One that is given comes with the answer to a beat, which does not wait any more. */
  #standing({ beat_id }: LiveEvent): void {
    this.#stale("standing", keys.standing, SOON);
    if (beat_id !== null) this.#beat(beat_id);
  }

  /** The names of connections are choices of a config. */
  #connections(): void {
    this.#stale("connections", keys.connections, SOON);
    this.#stale("defaults", keys.defaults, SOON);
    this.#stale("one thread", ["thread"], SOON);
  }

  /** Invalidate all queries, because it is unknown which events were missed. */
  everything(): void {
    void stale(this.#queries);
  }

  stop(): void {
    this.#throttle.stop();
  }

  #thread(event: LiveEvent, id: string): void {
    this.#lists((pages) => pagesAfter(pages, event));
    for (const queryKey of [keys.threads, keys.found]) void afterFirst(this.#queries, { queryKey });
    this.#queries.setQueryData<Thread>(keys.thread(id), (thread) => thread && afterEvent(thread, event));
    // Events do not contain the next slot, so the thread is fetched again.
    this.#changed.add(id);
    this.#stale("found", keys.found, LATER);
    this.#throttle.run("threads", SOON, () => void this.#refresh());
  }

  #beat(id: number): void {
    void stale(this.#queries, { queryKey: keys.beat(id) });
    this.#stale("history", keys.history, SOON);
    this.#stale("stats", keys.stats, LATER);
    // The beat may have written to the forum.
    this.#stale("forum", keys.forum, SOON);
  }

  #stale(name: string, queryKey: readonly unknown[], milliseconds: number): void {
    this.#throttle.run(name, milliseconds, () => void stale(this.#queries, { queryKey }));
  }

  async #refresh(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    const shown = this.#queries.getQueryData<ThreadPages>(keys.threads);
    for (const id of changed) void stale(this.#queries, { queryKey: ["thread", id] });
    try {
      if (changed.length <= ONE_BY_ONE) await this.#each(changed);
      else if (shown) await this.#pages(shown, new Set(changed));
    } catch {
      // The banner shows that the service is unreachable; once it is back, all queries are fetched again.
    }
  }

  async #each(ids: readonly string[]): Promise<void> {
    const known = this.#shown();
    const asked = ids.filter((id) => known.has(id)).map(async (id) => {
      try {
        const thread = await oneThread(id);
        this.#lists((pages) => replaceThread(pages, id, () => thread));
      } catch (error) {
        if (!(error instanceof ProblemError) || error.status !== 404) throw error;
        // The thread has been removed, which sends no event.
        this.#stale("threads gone", keys.threads, SOON);
      }
    });
    await Promise.all(asked);
  }

  /** Return the ids of the threads in any cached list. */
  #shown(): Set<string> {
    const lists = [keys.threads, keys.found].flatMap((queryKey) => this.#queries.getQueriesData<ThreadPages>({ queryKey }));
    const pages = lists.flatMap(([, data]) => data?.pages ?? []);
    return new Set(pages.flatMap((page) => page.items.map((each) => each.thread_id)));
  }

  #lists(change: (pages: ThreadPages) => ThreadPages): void {
    for (const list of [keys.threads, keys.found].flatMap((queryKey) => this.#queries.getQueryCache().findAll({ queryKey }))) {
      const before = list.state.data as ThreadPages | undefined;
      const after = before && change(before);
      if (after === before) continue;
      // Only one thread is up to date, so the list keeps its age and its invalidation.
      const { isInvalidated, dataUpdatedAt } = list.state;
      this.#queries.setQueryData(list.queryKey, after, { updatedAt: dataUpdatedAt });
      if (isInvalidated) list.invalidate();
    }
  }

  async #pages(shown: ThreadPages, changed: ReadonlySet<string>): Promise<void> {
    for (const [place, page] of shown.pages.entries()) {
      if (!page.items.some((thread) => changed.has(thread.thread_id))) continue;
      const fresh = await threadPage(shown.pageParams[place] ?? "");
      this.#queries.setQueryData<ThreadPages>(
        keys.threads,
        (pages) => pages && { ...pages, pages: pages.pages.map((each, at) => (at === place ? fresh : each)) },
      );
    }
  }
}
