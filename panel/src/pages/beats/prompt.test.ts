import { expect, test } from "vitest";

import { beat } from "../../testing/beats";
import { promptText } from "./prompt";

const COLD = { prompt_tokens: 3_100, model_seconds: 58, prompt_seconds: 50, load_seconds: 0.02 };

test.each([
  ["long at each token", COLD, "50 s of 58 s: the model was cold"],
  [
    "loaded first",
    { ...COLD, load_seconds: 7.25 },
    "50 s of 58 s: the model was cold, and loading it took 7.3 s",
  ],
  ["hardly any time", { ...COLD, model_seconds: 5, prompt_seconds: 0.4 }, "0.4 s of 5.0 s: the model was warm"],
  [
    "many short questions whose beginning is kept",
    { prompt_tokens: 30_000, model_seconds: 20, prompt_seconds: 18, load_seconds: 0.1 },
    "18 s of 20 s: the model was warm",
  ],
  [
    "what is kept is told",
    { ...COLD, model_seconds: 5, prompt_seconds: 0.4, kept_tokens: 3_000 },
    "0.4 s of 5.0 s: 3000 of 3100 tokens were kept from before",
  ],
  [
    "little is kept",
    { ...COLD, kept_tokens: 20 },
    "50 s of 58 s: the model was cold, 20 of 3100 tokens were kept from before",
  ],
])("%s", (_, figures, said) => {
  expect(promptText(beat(figures))).toBe(said);
});

test("a row of an earlier version, or of a server that does not say, has nothing to tell", () => {
  expect(promptText(beat())).toBeNull();
  expect(promptText(beat({ prompt_tokens: 100, model_seconds: 3 }))).toBeNull();
});
