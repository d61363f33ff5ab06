import { expect, test } from "vitest";

import { beat } from "../../testing/beats";
import { roundsOf } from "./row";

test("the small questions of beats of earlier versions are told with their answers, whatever else the row holds", () => {
  const steps = [
    { name: "label", asked: "3+ new posts: sum up", answer: { label: "count", number: 3, time: null } },
    { name: "hours", asked: "Not on Sundays", answer: { days: ["Sunday"], from: null, until: null, act: "out" } },
    "no step",
    { name: 7 },
  ];
  const [round] = roundsOf(beat({ rounds: [{ steps }] }));
  expect(round?.steps).toEqual([
    { name: "label", asked: "3+ new posts: sum up", answer: "label count, number 3" },
    { name: "hours", asked: "Not on Sundays", answer: 'days ["Sunday"], act out' },
    { name: "", asked: "", answer: "" },
  ]);
  expect(roundsOf(beat({ rounds: [{}] }))[0]?.steps).toEqual([]);
});
