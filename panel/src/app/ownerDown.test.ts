import { expect, test } from "vitest";

import { connection } from "../testing/samples";
import { ownerDown } from "./ownerDown";

test("only what reaches the owner, is used and is down counts, the longest first", () => {
  const since = (hour: string) => ({ down_since: `2026-11-02T${hour}:00:00Z` });
  const found = ownerDown([
    connection("phone", since("12")),
    connection("mail", since("11")),
    connection("masto", { reach: "public", ...since("10") }),
    connection("old", { hidden: true, ...since("10") }),
    connection("fine"),
  ]);
  expect(found.map(({ name }) => name)).toEqual(["mail", "phone"]);
});
