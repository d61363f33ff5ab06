import { expect, test } from "vitest";

import { exactText } from "../../ui/times";
import { foundText, stopOf } from "./found";

const AT = "2026-11-02T12:00:00Z";
const page = (total: number, stop: string | null = null) => ({ total_runs: total, searched_back_to: stop });
const words = { words: true, whole: true };

test("what was counted in full is said as a number", () => {
  expect(foundText([page(1)], { words: false, whole: true })).toBe("1 beat");
  expect(foundText([page(1200), page(1200)], { words: false, whole: false })).toBe(`${(1200).toLocaleString()} beats`);
  expect(foundText([page(3)], words)).toBe("3 beats");
});

test("a search that stopped says where, until it has looked at all", () => {
  const said = `Searched back to ${exactText(Date.parse(AT))}; older beats may match too`;
  expect(foundText([page(0, AT)], words)).toBe(said);
  expect(foundText([page(0, null), page(2, AT)], words)).toBe(said);
  expect(stopOf([page(0, AT), page(2)])).toBeUndefined();
  expect(foundText([page(0, AT), page(2)], words)).toBe("Searched back to the oldest beat");
});

test("without its newest page a search for words has no number", () => {
  expect(foundText([page(3)], { words: true, whole: false })).toBe("Searched back to the oldest beat");
});
