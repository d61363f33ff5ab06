import { expect, test } from "vitest";

test("no two modules differ only in the case of a letter, which some file systems take for one", () => {
  const names = Object.keys(import.meta.glob("../**/*.{ts,tsx}")).map((path) => path.replace(/(\.test)?\.tsx?$/, "$1"));
  expect(names.length).toBeGreaterThan(100);
  const seen = new Map<string, string>();
  const alike = names.filter((name) => {
    const before = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    return before !== undefined;
  });
  expect(alike).toEqual([]);
});
