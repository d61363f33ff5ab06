// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { overridesAfter } from "../../api/config";
import { changeOf, edited, type Edits, shownValues, without } from "./edits";

const SAVED = { every: 1800, model: null, active_hours: { start: "08:00", end: "23:00" }, max_tokens: 500 };
const INHERITED = { ...SAVED, every: 3600, active_hours: null };

test("only what differs from what was saved is an edit", () => {
  const edits = edited({}, SAVED, "every", "1h30m");
  expect(changeOf(edits)).toEqual({ set: { every: "1h30m" }, inherit: [] });
  expect(changeOf(edited({}, { approval_ttl: 60 }, "approval_ttl", "2h")).set).toEqual({ approval_ttl: 7200 });
  expect(edited(edits, SAVED, "every", "30m")).toEqual({});
  expect(edited(edits, SAVED, "every", "1800")).toEqual({});
  expect(edited({}, SAVED, "model", "  ")).toEqual({});
  expect(without(edits, "every")).toEqual({});
});

test("what cannot be read goes as it was written, for the service to refuse", () => {
  expect(changeOf(edited({}, SAVED, "every", "soon")).set).toEqual({ every: "soon" });
  expect(changeOf(edited({}, SAVED, "max_tokens", "")).set).toEqual({ max_tokens: "" });
  const hours = edited({}, SAVED, "active_hours", { start: "8", end: "late" });
  expect(changeOf(hours).set).toEqual({ active_hours: { start: "8", end: "late" } });
});

test("a field that goes back to what it inherits shows that, and is taken from the overrides", () => {
  const edits: Edits = { every: "inherit", max_tokens: { value: 60 } };
  expect(shownValues(SAVED, INHERITED, edits)).toMatchObject({ every: 3600, max_tokens: 60, model: null });
  const change = changeOf(edits);
  expect(change).toEqual({ set: { max_tokens: 60 }, inherit: ["every"] });
  expect(overridesAfter({ every: 1800, dry_run: true }, change)).toEqual({ dry_run: true, max_tokens: 60 });
});
