import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { show } from "../../../testing/render";
import { NowSection } from "./NowSection";

const RULE = { id: "a-1", line: 9, text: "If 3+ new posts, sum up.", do: "post", count: 3, waiting: 0, until: null };
const NOW = {
  thread: "demo",
  at: "2026-11-02T12:00:00Z",
  says: "Line 9 would be followed, about 3 posts.",
  obstacles: [{ sentence: "It is switched off.", until: null, remedy: "heartbeat threads set demo enabled=true" }],
  ends: null,
  judged: 0,
  unread_lines: 0,
  unread_messages: 0,
  rules: [
    { ...RULE, state: "due", why: "line 9 would be followed", chosen: true },
    { ...RULE, id: "b-1", line: 12, state: "nothing", why: "line 12 has nothing to follow it for", chosen: false },
  ],
};

let looks: string[] = [];

beforeEach(() => {
  looks = [];
  vi.stubGlobal("fetch", (request: Request) => {
    looks.push(new URL(request.url).pathname);
    return Promise.resolve(Response.json(NOW));
  });
});
afterEach(() => vi.unstubAllGlobals());

test("it is looked at when that is asked for, and again", async () => {
  show(<NowSection thread="demo" />);
  expect(screen.getByText(/No model is asked, and nothing is changed/)).toBeTruthy();
  expect(looks).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Look" }));
  expect(await screen.findByText("Line 9 would be followed, about 3 posts.")).toBeTruthy();
  expect(screen.getAllByRole("listitem").map((each) => each.textContent)).toEqual([
    "It is switched off. heartbeat threads set demo enabled=true",
    "Line 9 would be followed.If 3+ new posts, sum up.",
    "Line 12 has nothing to follow it for.If 3+ new posts, sum up.",
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Look again" }));
  await waitFor(() => expect(looks).toEqual(Array(2).fill("/api/threads/demo/heartbeat/plan/now")));
});

test("what cannot be said is a problem with a way to try again", async () => {
  const gone = { title: "Not found", status: 404, detail: "thread 'demo' does not exist" };
  const headers = { "Content-Type": "application/problem+json" };
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(gone, { status: 404, headers })));
  show(<NowSection thread="demo" />);
  fireEvent.click(screen.getByRole("button", { name: "Look" }));
  expect(await screen.findByText(/thread 'demo' does not exist/)).toBeTruthy();
});
