import { expect, test } from "vitest";

import { savedText, sharedText } from "./sharing";

test.each([
  [0, "No thread follows it", "Saved. No thread follows it"],
  [1, "One thread follows it.", "Saved. The next beat follows it."],
  [2, "Shared by 2 threads", "Saved. 2 threads follow it"],
  [1_200, "Shared by 1,200 threads", "Saved. 1,200 threads follow it"],
])("a text of %d threads says so", (sharing, beside, saved) => {
  expect(sharedText(sharing)).toContain(beside);
  expect(savedText(sharing)).toContain(saved);
});

test("where the number is not known, nothing is claimed", () => {
  expect(savedText(undefined)).toBe("Saved. The next beat follows it.");
});
