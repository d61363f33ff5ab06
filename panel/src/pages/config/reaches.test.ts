import { expect, test } from "vitest";

import { connection } from "../../testing/samples";
import { reachOf, targetText } from "./reaches";

const KNOWN = [connection("phone"), connection("masto", { reach: "public" }), connection("broken", { reach: null })];

test("a connection says who sees what it is given, and the built-in forum is the workspace’s own", () => {
  expect(targetText("phone", "phone", KNOWN)).toBe("phone (you)");
  expect(targetText("masto", "masto", KNOWN)).toBe("masto (public)");
  expect(targetText("broken", "broken", KNOWN)).toBe("broken");
  expect(targetText("forum", "forum", KNOWN)).toBe("forum");
});

test("what is public among the targets is named", () => {
  expect(reachOf(["forum"], KNOWN)).toBeNull();
  expect(reachOf(["forum", "phone"], KNOWN)).toBe("What goes to your connections reaches only you.");
  expect(reachOf(["phone", "masto"], KNOWN)).toBe("What it does on masto is public.");
});
