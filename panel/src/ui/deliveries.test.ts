import { expect, test } from "vitest";

import { choicesOf, deliveryText, lookOfDelivery, tryText } from "./deliveries";

const labels = (...given: Parameters<typeof choicesOf>) => choicesOf(...given).map(({ label }) => label);

test("a state is told with its reason", () => {
  expect(deliveryText("sent", null)).toBe("arrived");
  expect(deliveryText("failed", "refused")).toBe("failed: it was refused");
});

test("a state of a newer service is shown under its own name", () => {
  expect(lookOfDelivery("lost").label).toBe("lost");
  expect(deliveryText("failed", "too_late")).toBe("failed: too_late");
});

test("a try is told by its end, and a search apart from it", () => {
  expect(tryText("perhaps", false)).toBe("may have arrived");
  expect(tryText("not_sent", true)).toBe("was not found there");
  expect(tryText(null, false)).toBe("is being tried");
});

test("a person is offered what the state allows", () => {
  expect(labels({ status: "pending", answers: ["retry", "cancel"] })).toEqual(["Try now", "Cancel"]);
  expect(labels({ status: "failed", answers: ["retry"] })).toEqual(["Send it again"]);
  expect(labels({ status: "unknown", answers: ["retry", "settle"] })).toEqual(["It arrived", "It did not: send it again"]);
  expect(labels({ status: "sent", answers: [] })).toEqual([]);
});
