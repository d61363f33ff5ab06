import { expect, test } from "vitest";

import { slugOf } from "./slug";

test.each([
  ["My Assistant", "my-assistant"],
  ["  Beside the greenhouse! ", "beside-the-greenhouse"],
  ["Grüße, Łódź & Ærø", "grusse-lodz-aero"],
  ["Bo’s garden_2", "bos-garden_2"],
  ["Ｆｕｌｌ　ｗｉｄｔｈ", "full-width"],
  ["花园", ""],
  ["--", ""],
  [`${"long ".repeat(13)}x`, `${"long-".repeat(12)}long`],
])("%s becomes %s", (title, id) => {
  expect(slugOf(title)).toBe(id);
  expect(id).toMatch(/^[a-z0-9_-]{0,64}$/);
});
