import { createMemoryHistory, createRootRoute, createRouter, RouterContextProvider } from "@tanstack/react-router";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import type { Thread } from "../../api/types";
import { show } from "../../testing/render";
import { thread } from "../../testing/samples";
import { ThreadRow } from "./ThreadRow";

function row(more: Partial<Thread>, running = true): void {
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() });
  show(
    <RouterContextProvider router={router}>
      <ThreadRow thread={thread("demo", more)} running={running} />
    </RouterContextProvider>,
  );
}

test.each<[Partial<Thread>, boolean, string]>([
  [{ status: "paused", paused_reason: "on holiday" }, true, "paused: on holiday"],
  [{ status: "refused", config_problem: "every: 5 is not allowed" }, true, "its config is refused: every: 5 is not allowed"],
  [{ status: "off", next_due: null }, true, "off"],
  [{}, false, "waits for the timer"],
  [{ next_due: "2020-01-01T00:00:00Z" }, true, "now"],
  [{ next_due: null }, true, "nothing due"],
])("why and when it beats next: %o", (more, running, said) => {
  row(more, running);
  expect(screen.getByText(said)).toBeTruthy();
  expect(screen.getByText("No beat yet")).toBeTruthy();
});
