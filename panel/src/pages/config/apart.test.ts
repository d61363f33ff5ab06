import { expect, test } from "vitest";

import { apart } from "./apart";

const every = (step: number, from = 0, to = 1_440) => Array.from({ length: Math.ceil((to - from) / step) }, (_, place) => from + place * step);

test("slots of half an hour are lines", () => {
  expect(apart(every(30))).toEqual({ lines: every(30), bands: [] });
});

test.each([1, 5, 9.5])("slots of %d minutes are one band", (step) => {
  expect(apart(every(step))).toEqual({ lines: [], bands: [[0, every(step).at(-1)]] });
});

test("active hours make several bands, and a slot alone stays a line", () => {
  expect(apart([...every(1, 0, 60), 300, ...every(1, 600, 660)])).toEqual({ lines: [300], bands: [[0, 59], [600, 659]] });
});

test("an hour that comes twice is two bands; none is none", () => {
  expect(apart([...every(1, 120, 180), ...every(1, 120, 180)]).bands).toEqual([[120, 179], [120, 179]]);
  expect(apart([])).toEqual({ lines: [], bands: [] });
});
