import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { asWritten } from "./asWritten";
import { colourOf, lookOf, OUTCOMES, outcomeText, reasonText } from "./outcomes";
import { summary } from "./summary";

const STYLES = readFileSync("src/ui/outcomes.css", "utf8");

test("each outcome has its colour, its word and its shape", () => {
  for (const name of OUTCOMES) {
    const variable = /var\((.*)\)/.exec(colourOf(name))?.[1] ?? "";
    // Once for the light and once for the dark colour scheme.
    expect(STYLES.match(new RegExp(`${variable}: #`, "g"))).toHaveLength(2);
    expect(lookOf(name).label).not.toBe("");
  }
  expect(new Set(OUTCOMES.map((name) => lookOf(name).icon)).size).toBe(OUTCOMES.length);
});

test("an outcome of a newer service is shown under its own name", () => {
  expect(lookOf("teleported").label).toBe("teleported");
  expect(colourOf("teleported")).toBe("var(--outcome-none)");
  expect(lookOf("toString").label).toBe("toString");
});

test("reasons are said in words, also unknown ones", () => {
  expect(reasonText("unchanged")).toBe("nothing has changed");
  expect(reasonText("some_gate")).toBe("some gate");
  expect(reasonText("constructor")).toBe("constructor");
  expect(reasonText(null)).toBeNull();
  expect(outcomeText("skipped", "unchanged")).toBe("skipped: nothing has changed");
  expect(outcomeText("acted", null)).toBe("acted");
});

test("a strip is told in words, what was most first", () => {
  expect(summary([])).toBe("No beats yet");
  expect(summary(["acted"])).toBe("The last beat: 1 acted");
  expect(summary(["acted", "skipped", "skipped"])).toBe("The last 3 beats: 2 skipped, 1 acted");
});

test("what the agent wrote is shown with its own characters, and nothing else is undone", () => {
  expect(asWritten("a &lt;b&gt; &amp;lt; c")).toBe("a <b> &amp;lt; c");
});
