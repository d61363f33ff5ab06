import { expect, test } from "vitest";

import type { PlanRule } from "../../../api/types";
import type { PlanLine } from "./lines";
import { marksOf, nameOf, summaryOf, unreadText } from "./marks";

function line(more: Partial<PlanLine> = {}): PlanLine {
  return { id: "a", line: 7, text: "Be kind.", rules: [], quiet: null, unread: false, failed: false, ...more };
}

const RULE = { lacks: [], decided_by: "model", unsure: false } as unknown as PlanRule;
const CORRECTED = { ...RULE, decided_by: "correction", by: "ana", unsure: true } as const;
const SHIPPED = { ...RULE, decided_by: "file", by: null, unsure: true } as const;
const LACKING = { ...RULE, lacks: [{ message: "No connection can see mail.", remedy: "Add one." }], unsure: true };

test.each([
  [line({ failed: true }), ["failed"]],
  [line({ unread: true }), ["unread"]],
  [line({ rules: [RULE] }), []],
  [line({ rules: [RULE, LACKING] }), ["lacking", "unsure"]],
  [line({ rules: [CORRECTED] }), ["corrected"]],
  [line({ rules: [SHIPPED] }), ["shipped"]],
])("a line has the marks of its state", (given, marks) => {
  expect(marksOf(given)).toEqual(marks);
});

test("the head of the plan counts the marks", () => {
  const lines = [line({ failed: true }), line({ rules: [LACKING] }), line({ rules: [LACKING] }), line({ rules: [RULE] })];
  expect(summaryOf(lines)).toBe("4 lines: 1 could not be read, 2 cannot be followed, 2 not sure.");
  expect(summaryOf([line({ rules: [RULE] })])).toBe("1 line.");
  expect(summaryOf([line({ rules: [SHIPPED] })])).toBe("1 line: 1 as HEARTBEAT.plan.json has it.");
});

test("what becomes of an unread line is said", () => {
  const reading = { running: false, read: 1, of: 2, model: null, problem: null };
  expect(unreadText(reading, false)).toContain("once the text is saved");
  expect(unreadText({ ...reading, running: true }, true)).toBe("It is being read.");
  expect(unreadText({ ...reading, problem: "No model answers." }, true)).toContain("It waits for the model.");
  expect(unreadText(reading, true)).toContain("soon");
});

test("buttons of two sentences on one line have different names", () => {
  const [one, other] = [line({ text: "You bake." }), line({ text: `Post ${"the menu ".repeat(20)}` })];
  expect(nameOf("Correct", one)).toBe("Correct line 7: You bake.");
  expect(nameOf("Correct", other)).toMatch(/^Correct line 7: Post the menu .{20,60}…$/);
});
