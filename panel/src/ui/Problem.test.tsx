import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ProblemError } from "../api/problem";
import { show } from "../testing/render";
import { Problem } from "./Problem";

const button = () => screen.queryByRole("button", { name: "Try again" });

test("what does not exist is not tried again", () => {
  show(<Problem error={new ProblemError(404, "There is no beat 7.")} again={() => undefined} />);
  expect(screen.getByText("There is no beat 7.")).toBeTruthy();
  expect(button()).toBeNull();
});

test("another error can be tried again", () => {
  show(<Problem error={new ProblemError(503, "The disk is full.")} again={() => undefined} />);
  expect(button()).not.toBeNull();
});
