/** Feeds the cache with what the events tell: patched at once where they say it, asked for where they do not. */
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
/** Up to so many changed threads are asked for one by one; more of them page by page. */
const ONE_BY_ONE = 5;

export class Feed {
  readonly #queries: QueryClient;
  readonly #throttle = new Throttle();
  readonly #changed = new Set<string>();

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  /** Takes one event. */
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

  /** What was missed is not known, so everything shown is asked for again. */
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
    // The next slot is in no event.
    this.#changed.add(id);
    this.#stale("found", keys.found, LATER);
    this.#throttle.run("threads", SOON, () => void this.#refresh());
  }

  #beat(id: number): void {
    void stale(this.#queries, { queryKey: keys.beat(id) });
    this.#stale("history", keys.history, SOON);
    this.#stale("stats", keys.stats, LATER);
    // A beat may have posted.
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
      // The banner tells of a service that is away; afterwards everything is asked for again.
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
        // It was removed after it had beaten, which is no event.
        this.#stale("threads gone", keys.threads, SOON);
      }
    });
    await Promise.all(asked);
  }

  /** The threads that stand in any list. */
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
      // One thread is as it is now; that says nothing about the age of the others.
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
