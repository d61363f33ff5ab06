import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { show } from "../../testing/render";
import { connection } from "../../testing/samples";
import { ConnectionRow } from "./ConnectionRow";

const feed = { kind: "feed", target: false, every: 1800, leads_to: "example.org/feed" };

test("what is looked at says when, how often, and why the last look failed", () => {
  const more = { ...feed, state: "failing", failing_since: "2026-11-02T12:00:00Z", problem: "There is no answer.", left_out: "2 entries have no id.", held_back: 40 } as const;
  show(<ConnectionRow connection={connection("news", more)} />);
  const row = screen.getByRole("listitem", { name: "news" });
  expect(row.textContent).toContain("No look has succeeded yet, every 30m");
  expect(row.textContent).toContain("the last look failed");
  expect(row.textContent).toContain("There is no answer.");
  expect(row.textContent).toContain("2 entries have no id.");
  expect(row.textContent).toContain("40 more of what it shows");
  expect(screen.getByRole("button", { name: "Look now at news" })).toBeTruthy();
  expect(row.textContent).not.toContain("reaches you");
});

test("what no thread looks at is said", () => {
  show(<ConnectionRow connection={connection("days", { ...feed, kind: "calendar", private: true, unused: true })} />);
  expect(screen.getByText(/Unused: no thread looks at it/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Choose who looks at it: days" })).toBeTruthy();
});

test("what is not looked at has no button for it", () => {
  show(<ConnectionRow connection={connection("phone")} />);
  expect(screen.queryByRole("button", { name: /Look now/ })).toBeNull();
  expect(screen.getByText("reaches you")).toBeTruthy();
});
