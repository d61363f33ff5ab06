import { expect, test } from "vitest";

import { straight } from "./straight";

test("what turns the text after it is left out", () => {
  expect(straight("invoice\u202Efdp.exe\u2069")).toBe("invoicefdp.exe");
});

test("letters of any script stay", () => {
  expect(straight("שלום\u200F עולם, 你好 👩‍👩‍👧")).toBe("שלום\u200F עולם, 你好 👩‍👩‍👧");
});
