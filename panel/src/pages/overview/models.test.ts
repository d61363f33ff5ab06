import { expect, it } from "vitest";

import type { Status } from "../../api/types";
import { modelsOf } from "./models";

type Model = Status["models"][number];

const model = (name: string, state: Model["state"]): Model => ({
  name,
  state,
  reachable: state === "ready",
  remedy: state === "ready" ? null : `get ${name}`,
});

it.each<[string, Model[], ReturnType<typeof modelsOf>]>([
  ["all are there", [model("a", "ready"), model("b", "ready")], { well: true, value: "Reachable", said: "a, b" }],
  ["the only one is missing", [model("a", "missing")], { well: false, value: "Not pulled", said: "get a" }],
  [
    "one of two is missing",
    [model("a", "ready"), model("b", "missing")],
    { well: false, value: "Not pulled (1 of 2)", said: "get b" },
  ],
  ["no server", [model("a", "unreachable")], { well: false, value: "Not reachable", said: "get a" }],
])("says how the models are: %s", (_, models, said) => {
  expect(modelsOf(models)).toEqual(said);
});
