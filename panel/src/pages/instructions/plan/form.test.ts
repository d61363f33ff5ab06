import { expect, test } from "vitest";

import { ProblemError } from "../../../api/problem";
import type { PlanRuleBody } from "../../../api/types";
import { bodyOf, FIRST, minuteOf, refusedField, type Typed, TypingError, typedOf } from "./form";

function body(more: Partial<Typed>) {
  return bodyOf({ quiet: false, role: "about", rules: [{ ...FIRST, question: "Is it a bill?", ...more }] });
}

test("a rule that is opened and saved stays the same", () => {
  const rule: PlanRuleBody = {
    do: "post",
    when: { kind: "due", question: "Is it rent?", within: 172_800 },
    about: ["calendar"],
    places: ["home"],
    where: "general",
    only: { days: [0, 4], start: 1_320, end: 390, at: [], every_hours: null },
    limits: ["once a day", "once an item"],
    unless: { questions: ["Is it paid?"], days: [6] },
    how: "what is due",
    free: true,
    until: { instant: "2026-11-30T12:00:00Z", next_message: false },
  };
  expect(bodyOf({ quiet: false, role: "about", rules: [typedOf(rule)] })).toEqual({ rules: [rule] });
});

test("what of the forum counts is kept", () => {
  const when = { kind: "new", count: 2, counts: "comments" } as const;
  expect(body(typedOf({ do: "tell", when }))).toMatchObject({ rules: [{ when }] });
  expect(body({ when: "new" })).toMatchObject({ rules: [{ when: { kind: "new", count: 3, counts: "posts" } }] });
});

test("a line that asks for nothing has its role and no rules", () => {
  expect(bodyOf({ quiet: true, role: "style", rules: [FIRST] })).toEqual({ rules: [], role: "style" });
});

test.each([
  ["when", { when: "new", count: "three" }, "count"],
  ["question", { question: " " }, "question"],
  ["within", { when: "due", within: "soon" }, "within"],
  ["from", { from: "10 pm" }, "from"],
  ["to", { to: "24:01" }, "to"],
  ["at", { at: "07:30, noon" }, "at"],
] as const)("what cannot be understood is named: %s", (_, more, field) => {
  const found = body(more);
  expect(found).toBeInstanceOf(TypingError);
  expect((found as TypingError).field).toBe(field);
});

test("the second rule is named by its number", () => {
  const rules = [{ ...FIRST, question: "Is it?" }, { ...FIRST, question: "" }];
  expect(bodyOf({ quiet: false, role: "about", rules })).toMatchObject({ field: "question", rule: 1 });
});

test.each([
  ["rules.1.when.question", { field: "question", rule: 1 }],
  ["rules.0.only.at.2", { field: "at", rule: 0 }],
  ["rules.0.when", { field: "when", rule: 0 }],
  ["rules.0.only", null],
  ["by", null],
] as const)("a field that the service refuses is found in the form: %s", (path, found) => {
  const refused = refusedField(new ProblemError(422, "It is not allowed.", path));
  if (found === null) expect(refused).toBeNull();
  else expect(refused).toMatchObject({ ...found, message: "It is not allowed." });
  expect(refusedField(new ProblemError(412, "It was changed.", path))).toBeNull();
});

test("a part of the day that only begins, or only ends, reaches to midnight", () => {
  expect(body({ from: "18:00" })).toMatchObject({ rules: [{ only: { start: 1_080, end: 1_440 } }] });
  expect(body({ to: "09:00" })).toMatchObject({ rules: [{ only: { start: 0, end: 540 } }] });
});

test.each([
  ["", null],
  ["7:05", 425],
  ["24:00", 1_440],
  ["12:60", undefined],
  ["midnight", undefined],
] as const)("a time of day: %s", (text, minute) => {
  expect(minuteOf(text)).toBe(minute);
});
