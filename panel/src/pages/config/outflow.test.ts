import { expect, test } from "vitest";

import { connection } from "../../testing/samples";
import { outflowText } from "./outflow";

const KNOWN = [
  connection("notes", { kind: "folder", private: true }),
  connection("news", { kind: "feed" }),
  connection("phone"),
  connection("masto", { reach: "public", kinds: ["post"] }),
];

test("nothing is said where nothing private is looked at", () => {
  expect(outflowText({ sources: null, target: "masto" }, KNOWN)).toBeNull();
  expect(outflowText({ sources: ["default", "news"], target: "masto" }, KNOWN)).toBeNull();
});

test.each([
  [{ target: "phone" }, "It looks at notes, which is private, and has no public voice among your connections: that stays with you."],
  [
    { target: ["phone", "masto"], approval: "never" },
    "It looks at notes, which is private, and could repeat that on masto: this is not saved unless it asks you before.",
  ],
  [{ target: "masto", approval: ["comment"] }, "It looks at notes, which is private, and could repeat that on masto: this is not saved unless it asks you before."],
  [{ target: "masto", approval: "always" }, "It looks at notes, which is private; what it does on masto waits for your yes."],
  [{ target: "masto", approval: ["post"] }, "It looks at notes, which is private; what it does on masto waits for your yes."],
  [{ target: "masto", outflow: "allowed" }, "It looks at notes, which is private, and may repeat that on masto without asking you."],
])("what %j means is said in one sentence", (values, said) => {
  expect(outflowText({ sources: ["default", "notes"], ...values }, KNOWN)).toBe(said);
});
