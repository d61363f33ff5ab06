// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { enterByLink, isOutdated, tokenOf } from "./link";

const answers = vi.fn<(request: Request) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal("fetch", answers);
});
afterEach(() => {
  vi.unstubAllGlobals();
  answers.mockReset();
  history.replaceState(null, "", "/");
});

test.each([
  ["#token=abc-_1", "abc-_1"],
  ["#token=p%C3%A4ss%20w", "päss w"],
  ["#token=", null],
  ["#token=%E0%A4%A", null],
  ["#section", null],
  ["", null],
])("the token of %s is %s", (hash, token) => {
  expect(tokenOf(hash)).toBe(token);
});

test("a link logs in, and its token is not in the address any more", async () => {
  history.replaceState(null, "", "/history?status=acted#token=abc");
  answers.mockImplementationOnce(() => {
    expect(location.href).not.toContain("abc");
    return Promise.resolve(new Response("{}", { headers: { "Content-Type": "application/json" } }));
  });
  await enterByLink();
  expect(await answers.mock.lastCall?.[0].json()).toEqual({ token: "abc" });
  expect(location.pathname + location.search + location.hash).toBe("/history?status=acted");
  expect(isOutdated()).toBe(false);
});

test("a link with another token is outdated", async () => {
  history.replaceState(null, "", "/#token=old");
  answers.mockResolvedValueOnce(new Response("{}", { status: 401, headers: { "Content-Type": "application/json" } }));
  await enterByLink();
  expect(isOutdated()).toBe(true);
});

test("an address without a token asks nobody", async () => {
  await enterByLink();
  expect(answers).not.toHaveBeenCalled();
});
