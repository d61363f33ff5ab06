// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { pageBefore, pageBehind, type Way } from "./history";

test("one goes on to the end and back to the newest by the same pages", () => {
  const ways: Way[] = [[]];
  for (const next of [90, 40]) ways.push(pageBehind({ next }, ways.at(-1) ?? []) ?? []);
  expect(ways).toEqual([[], [90], [90, 40]]);
  expect(pageBehind({ next: null }, [90, 40])).toBeUndefined();
  expect(pageBefore([90, 40])).toEqual([90]);
  expect(pageBefore([90])).toEqual([]);
  expect(pageBefore([])).toBeUndefined();
});
