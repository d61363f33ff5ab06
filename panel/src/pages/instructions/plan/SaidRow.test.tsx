import { List } from "@mantine/core";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { PlanSaid } from "../../../api/types";
import { show } from "../../../testing/render";
import { SaidRow } from "./SaidRow";

const READING = { running: false, read: 1, of: 1, model: null, problem: null };
const ORDER: PlanSaid["rules"][number] = {
  id: "message-12-1",
  line_id: "message-12",
  line: 12,
  text: "Be quiet till I write.",
  says: "Stay silent, until you write again.",
  do: "silent",
  when: { kind: "always" },
  about: [],
  places: [],
  only: {},
  until: { instant: null, next_message: true },
  where: null,
  how: "",
  limits: [],
  unless: {},
  free: false,
  needs: [],
  lacks: [],
  decided_by: "model",
  by: null,
  at: null,
  can_take_back: false,
  unsure: false,
  over: false,
};
const SAID: PlanSaid = {
  message: 12,
  line_id: "message-12",
  said_at: "2026-11-02T12:00:00Z",
  text: ORDER.text,
  unread: false,
  failed: false,
  rules: [ORDER],
  role: null,
  decided_by: "model",
  by: null,
  at: null,
  can_take_back: false,
  unsure: false,
  lifted_at: null,
  lifted_by: null,
};

const sent: string[] = [];

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("fetch", (request: Request) => {
    sent.push(`${request.method} ${new URL(request.url).pathname}`);
    return Promise.resolve(Response.json({}));
  });
});
afterEach(() => vi.unstubAllGlobals());

function row(more: Partial<PlanSaid>) {
  const onCorrect = vi.fn();
  show(
    <List>
      <SaidRow thread="demo" said={{ ...SAID, ...more }} etag={'"1"'} reading={READING} onCorrect={onCorrect} />
    </List>,
  );
  return { text: screen.getByRole("listitem").textContent, onCorrect };
}

test("an order is lifted with one press", async () => {
  expect(row({}).text).toContain("Stay silent, until you write again.");
  fireEvent.click(screen.getByRole("button", { name: "Lift message 12: Be quiet till I write." }));
  await waitFor(() => expect(sent).toEqual(["POST /api/threads/demo/messages/12/lift"]));
});

test("one that was lifted says by whom, and can hold again", async () => {
  const over = { ...ORDER, over: true };
  const { text } = row({ rules: [over], lifted_at: "2026-11-02T12:05:00Z", lifted_by: "ana" });
  expect(text).toContain("Lifted by ana");
  fireEvent.click(screen.getByRole("button", { name: "Let hold again: message 12: Be quiet till I write." }));
  await waitFor(() => expect(sent).toEqual(["DELETE /api/threads/demo/messages/12/lift"]));
});

test("one that is over by itself cannot be lifted", () => {
  expect(row({ rules: [{ ...ORDER, over: true }] }).text).toContain("Over.");
  expect(screen.queryByRole("button", { name: /Lift|hold again/ })).toBeNull();
});

test("what is to be done once says when it ends", () => {
  const tell = { ...ORDER, do: "tell", until: null, says: "Once, tell you." };
  expect(row({ rules: [tell] }).text).toContain("It ends once it was done, or 7 days after you said it.");
});

test("one that could not be read is given its meaning", () => {
  const { text, onCorrect } = row({ rules: [], failed: true, decided_by: null });
  expect(text).toContain("Could not be read. Say what it means, or write it in other words.");
  fireEvent.click(screen.getByRole("button", { name: "Say what it means message 12: Be quiet till I write." }));
  expect(onCorrect).toHaveBeenCalledOnce();
  expect(screen.queryByRole("button", { name: /Lift/ })).toBeNull();
});
