import { List } from "@mantine/core";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { PlanRule } from "../../../api/types";
import { show } from "../../../testing/render";
import type { PlanLine } from "./lines";
import { PlanRow } from "./PlanRow";

const READING = { running: false, read: 1, of: 1, model: null, problem: null };
const READ = {
  do: "post",
  when: { kind: "always" as const },
  about: [],
  places: [],
  only: {},
  until: null,
  where: null,
  how: "the menu",
  limits: [],
  unless: {},
  free: false,
};
const RULE: PlanRule = {
  ...READ,
  id: "a-1",
  line_id: "a",
  line: 7,
  text: "Post the menu.",
  says: "Once a day, post: the menu.",
  needs: ["a target that takes post"],
  lacks: [],
  decided_by: "model",
  can_take_back: false,
  by: null,
  at: null,
  unsure: true,
};
const LINE: PlanLine = { id: "a", line: 7, text: RULE.text, rules: [RULE], quiet: null, unread: false, failed: false };

const sent: unknown[] = [];

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push([request.method, new URL(request.url).pathname, request.headers.get("If-Match"), await request.json()]);
    return Response.json({});
  });
});
afterEach(() => vi.unstubAllGlobals());

function row(line: PlanLine, etag: string | null = '"1"') {
  show(
    <List>
      <PlanRow thread={null} line={line} etag={etag} reading={READING} onLine={() => undefined} onCorrect={() => undefined} />
    </List>,
  );
  return screen.getByRole("listitem").textContent;
}

test("an unsure reading that is right is kept with one press, and the focus stays in the row", async () => {
  expect(row(LINE)).toContain("Not sure. Is this what you mean?");
  fireEvent.click(screen.getByRole("button", { name: "It is right: line 7: Post the menu." }));
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Correct line 7: Post the menu." }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent).toEqual([["PUT", "/api/heartbeat/plan/a", '"1"', { rules: [READ], by: "panel" }]]);
});

test("a line says in words what is the matter with it", () => {
  const lacking = { ...RULE, unsure: false, lacks: [{ message: "No connection can see mail.", remedy: "Add one." }] };
  expect(row({ ...LINE, rules: [lacking] })).toContain("Cannot be followed. No connection can see mail. Add one.");
  expect(screen.queryByRole("button", { name: /It is right/ })).toBeNull();
});

test("a line that could not be read says what to do", () => {
  expect(row({ ...LINE, rules: [], failed: true })).toContain("Could not be read. Correct it: say what it asks for.");
});

test("a text that is not saved has nothing to correct", () => {
  expect(row({ ...LINE, rules: [], unread: true }, null)).toContain("Not read yet. It is read once the text is saved.");
  expect(screen.queryAllByRole("button", { name: /Correct|right/ })).toEqual([]);
});
