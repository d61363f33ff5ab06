import { expect, test } from "vitest";

import type { AnswerOrigin, StandingEnd } from "../api/types";
import { answerText, coveredText, endOfStanding } from "./answers";

test.each([
  [{ answer: "approve", by: "panel" }, "approved it in the panel"],
  [{ answer: "approve", by: "api", edit: { title: "x" } }, "approved it over the API, with an edit"],
  [{ answer: "reject", by: "cli" }, "rejected it on the command line"],
  [{ answer: "reject", by: "run" }, "rejected it in a LangGraph run"],
  [{ answer: "approve", by: "standing" }, "approved it by a standing approval"],
  [{ answer: "approve", by: null }, "approved it"],
  [{ answer: "approve", by: "pigeon" as AnswerOrigin }, "approved it by pigeon"],
] as const)("who answered, and where: %o", (approval, words) => {
  expect(answerText({ edit: null, ...approval })).toBe(words);
});

test("what a standing approval covers names kind and target", () => {
  expect(coveredText("post", "forum")).toBe("post to forum");
  expect(coveredText("tell", "tell")).toBe("tell to you");
});

test("why a standing approval ended by itself", () => {
  expect(endOfStanding(null)).toBeNull();
  expect(endOfStanding("removed")).toBe("its connection was removed");
  expect(endOfStanding("tired" as StandingEnd)).toBe("tired");
});
