// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { onLoggedOut } from "./access";
import { call, client } from "./client";
import { fieldProblem, ProblemError, sentence, UnreachableError } from "./problem";
import { reach } from "./reach";

const answers = vi.fn<(request: Request) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal("fetch", answers);
  reach.found();
});
afterEach(() => {
  vi.unstubAllGlobals();
  answers.mockReset();
});

function answer(status: number, body: unknown, type = "application/json"): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  answers.mockResolvedValueOnce(new Response(text, { status, headers: { "Content-Type": type } }));
}

const ask = () => call(client.GET("/api/session"));

test("the body of a call that works", async () => {
  answer(200, { token_needed: false, logged_in: true });
  await expect(ask()).resolves.toEqual({ token_needed: false, logged_in: true });
});

test("a refusal is the service's own sentence, at its field", async () => {
  const detail = "every: 5 is not allowed; allowed: 60 to 86400 seconds";
  answer(422, { status: 422, title: "Unprocessable", detail, field: "config.every" }, "application/problem+json");
  const error: unknown = await ask().catch((each: unknown) => each);
  expect(error).toBeInstanceOf(ProblemError);
  expect(sentence(error)).toBe(detail);
  expect(fieldProblem(error, "every")).toBe(detail);
  expect(fieldProblem(error, "timezone")).toBeNull();
});

test("the answer of a proxy is told by its status", async () => {
  answer(502, "<html>Bad gateway</html>", "text/html");
  await expect(ask()).rejects.toThrow("The service answered with status 502.");
});

test("a service that is away is noticed, and that it is back", async () => {
  answers.mockRejectedValueOnce(new TypeError("Failed to fetch"));
  await expect(ask()).rejects.toBeInstanceOf(UnreachableError);
  expect(reach.get()).toBe(false);
  answer(200, {});
  await ask();
  expect(reach.get()).toBe(true);
});

test("a call that the page gave up says nothing about the service", async () => {
  answers.mockRejectedValueOnce(new DOMException("gone", "AbortError"));
  await expect(ask()).rejects.toBeInstanceOf(DOMException);
  expect(reach.get()).toBe(true);
});

test("a 401 leads to the login page", async () => {
  const logged = vi.fn();
  const stop = onLoggedOut(logged);
  answer(401, { detail: "A token is needed." });
  await expect(ask()).rejects.toThrow("A token is needed.");
  expect(logged).toHaveBeenCalledTimes(1);
  stop();
});
