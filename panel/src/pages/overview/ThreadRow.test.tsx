import { createMemoryHistory, createRootRoute, createRouter, RouterContextProvider } from "@tanstack/react-router";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import type { Thread } from "../../api/types";
import { show } from "../../testing/render";
import { thread } from "../../testing/samples";
import type { Timer } from "../../ui/standing";
import { ThreadRow } from "./ThreadRow";

function row(more: Partial<Thread>, timer: Timer): void {
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() });
  show(
    <RouterContextProvider router={router}>
      <ThreadRow thread={thread("demo", more)} timer={timer} />
    </RouterContextProvider>,
  );
}

const IN_AN_HOUR = new Date(Date.now() + 3_600_500).toISOString();
const said = (name: Thread["state"]["name"], until: string | null = null) => ({ name, sentence: "", until, remedy: null });
const waits = (beat_id: number) => ({ beat_id, place: "forum", until: null, holds_thread: false, sentence: "", remedy: "" });

test.each<[Partial<Thread>, Timer, RegExp]>([
  [{ status: "paused", paused_reason: "on holiday" }, "on", /^paused: on holiday$/],
  [{ status: "refused", config_problem: "every: 5 is not allowed" }, "on", /^its config is refused: every: 5 is not allowed$/],
  [{ status: "off", next_due: null }, "on", /^off: only by hand$/],
  [{}, "stopped", /^waits: the timer is stopped$/],
  [{}, "silent", /^waits: no timer runs$/],
  [{ obstacles: [said("awaiting_approval")], approvals: [waits(1)] }, "on", /^waits for your approval$/],
  [{ obstacles: [said("budget_exhausted", IN_AN_HOUR)] }, "on", /^budget spent, free again in (1 h|59 min)/],
  [{ obstacles: [said("quiet", IN_AN_HOUR)] }, "on", /^quiet, active in (1 h|59 min)/],
  [{ obstacles: [said("quiet")] }, "on", /^quiet$/],
  [{ next_due: "2020-01-01T00:00:00Z" }, "on", /^next now$/],
  [{ next_due: null }, "on", /^nothing due$/],
  [{ next_due: null, approvals: [waits(1)] }, "on", /^nothing due · 1 waits for your approval$/],
  [{ next_due: IN_AN_HOUR, approvals: [waits(1), waits(2)] }, "on", /^next in (1 h|59 min).* · 2 wait for your approval$/],
])("why and when it beats next: %o", (more, timer, words) => {
  row(more, timer);
  expect(screen.getByText((_, element) => element?.children.length !== undefined && element.tagName === "P" && words.test(element.textContent))).toBeTruthy();
  expect(screen.getByText("No beat yet")).toBeTruthy();
});
