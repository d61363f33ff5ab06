import { expect, test } from "vitest";

import type { Plan, PlanRule } from "../../../api/types";
import { correctionOf, followsOf, isUnsure, linesOf, otherProblems } from "./lines";

function rule(id: string, line: number, more: Partial<PlanRule> = {}): PlanRule {
  return {
    id: `${id}-1`,
    line_id: id,
    line,
    text: `line ${line}`,
    says: "",
    do: "tell",
    when: { kind: "always" },
    about: [],
    places: [],
    only: {},
    until: null,
    where: null,
    how: "",
    limits: [],
    unless: {},
    free: false,
    needs: [],
    lacks: [],
    decided_by: "model",
    can_take_back: false,
    by: null,
    at: null,
    unsure: false,
    ...more,
  };
}

const PLAN: Plan = {
  thread: null,
  text_digest: "",
  timezone: "UTC",
  line_ids: ["a", "c", "d", "b"],
  said: [],
  rules: [
    rule("b", 7, { lacks: [{ message: "No connection can see mail.", remedy: "Add one." }] }),
    rule("b", 7, { id: "b-2", unsure: true }),
  ],
  quiet: [{ line_id: "a", line: 3, text: "Be kind.", role: "style", decided_by: "correction", by: "ana", at: "2026-11-30T12:00:00Z", can_take_back: true, unsure: true }],
  unread: [{ line_id: "c", line: 5, text: "New." }],
  failed: [{ line_id: "d", line: 6, text: "Hm." }],
  problems: [
    { line: 7, message: "No connection can see mail.", remedy: "Add one.", is_warning: false },
    { line: 5, message: "A space is missing.", remedy: null, is_warning: true },
  ],
  dropped: [],
  reading: { running: false, read: 2, of: 3, model: null, problem: null },
  follows: { beats: false, message: "" },
};

test("lines stand in the order of the text, each once with all its rules", () => {
  const lines = linesOf(PLAN);
  expect(lines.map(({ id, rules, quiet, unread }) => [id, rules.length, quiet !== null, unread])).toEqual([
    ["a", 0, true, false],
    ["c", 0, false, true],
    ["d", 0, false, false],
    ["b", 2, false, false],
  ]);
  expect(lines.map(isUnsure)).toEqual([true, false, false, true]);
  expect(lines.map(correctionOf)).toEqual([
    { by: "ana", at: "2026-11-30T12:00:00Z", where: "here" },
    null,
    null,
    null,
  ]);
  expect(lines.map(({ failed }) => failed)).toEqual([false, false, true, false]);
});

test("what a rule shows as lacking is no problem besides", () => {
  expect(otherProblems(PLAN).map(({ message }) => message)).toEqual(["A space is missing."]);
});

test("a correction of the file has no person", () => {
  const [line] = linesOf({ ...PLAN, rules: [rule("d", 1, { decided_by: "file" })], quiet: [], unread: [], failed: [] });
  expect(line && correctionOf(line)).toEqual({ by: "HEARTBEAT.plan.json", at: null, where: "file" });
});

test("a correction of the workspace is taken back there", () => {
  const made = rule("d", 1, { decided_by: "correction", by: "ana", at: "2026-11-30T12:00:00Z" });
  const [line] = linesOf({ ...PLAN, rules: [made], quiet: [], unread: [], failed: [] });
  expect(line && correctionOf(line)?.where).toBe("workspace");
});

test("beats are said to follow a plan once a line of it is read", () => {
  const follows = { beats: true, message: "Beats follow this plan." };
  const reading = { ...PLAN.reading, of: 1 };
  expect(followsOf({ follows, reading: { ...reading, read: 0 } })).toBeNull();
  expect(followsOf({ follows, reading: { ...reading, read: 1 } })).toBe(follows.message);
  expect(followsOf({ follows: { ...follows, beats: false }, reading: { ...reading, read: 0 } })).toBe(follows.message);
});
