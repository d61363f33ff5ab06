import { expect, test } from "vitest";

import { SETTLED_KEPT, withWaiting } from "./shown";

test("new ones come first, answered ones stay", () => {
  expect(withWaiting([], [5, 3])).toEqual([5, 3]);
  expect(withWaiting([5, 3], [9, 3])).toEqual([9, 5, 3]);
});

test("the same list stays the same object", () => {
  const shown = [5, 3];
  expect(withWaiting(shown, [5])).toBe(shown);
});

test("it does not grow for ever", () => {
  let shown: readonly number[] = [];
  for (let id = 1; id <= 100; id += 1) shown = withWaiting(shown, [id]);
  expect(shown).toHaveLength(SETTLED_KEPT + 1);
  expect(shown[0]).toBe(100);
});
