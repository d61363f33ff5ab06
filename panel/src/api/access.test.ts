// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { access, onLoggedOut } from "./access";
import { call, client } from "./client";

const answers = vi.fn<(request: Request) => Promise<Response>>();
const led = vi.fn();

beforeEach(() => {
  vi.stubGlobal("fetch", answers);
  access.left();
  onLoggedOut(led);
});
afterEach(() => {
  vi.unstubAllGlobals();
  answers.mockReset();
  led.mockReset();
});

function answer(status: number, body: unknown): void {
  const headers = { "Content-Type": "application/json" };
  answers.mockResolvedValueOnce(new Response(JSON.stringify(body), { status, headers }));
}

const ask = (signal?: AbortSignal) => call(client.GET("/api/heartbeat/status", signal ? { signal } : {}));
const save = () =>
  call(client.POST("/api/threads", { body: { id: "garden", title: "Typed words", config: {} } }));

test("a page that was never in is led to the login", async () => {
  answer(401, { detail: "A token is needed." });
  await expect(ask()).rejects.toThrow("A token is needed.");
  expect(led).toHaveBeenCalledTimes(1);
  expect(access.get()).toBe("outside");
});

test("a call in the middle waits for the login and is then made again, with its body", async () => {
  answer(200, {});
  await ask();
  answer(401, {});
  answer(201, { thread_id: "garden" });
  const saving = save();
  await vi.waitFor(() => {
    expect(access.get()).toBe("asked");
  });
  expect(answers).toHaveBeenCalledTimes(2);
  access.entered();
  await expect(saving).resolves.toEqual({ thread_id: "garden" });
  expect(await answers.mock.lastCall?.[0].json()).toMatchObject({ title: "Typed words" });
  expect(led).not.toHaveBeenCalled();
});

test("a wrong token in the middle is refused, and the page waits on", async () => {
  access.entered();
  access.refused();
  answer(401, { detail: "That is not the token." });
  await expect(call(client.POST("/api/session", { body: { token: "wrong" } }))).rejects.toThrow("not the token");
  expect(access.get()).toBe("asked");
  expect(led).not.toHaveBeenCalled();
});

test("a call that is given up while it waits is given up", async () => {
  access.entered();
  answer(401, {});
  const stop = new AbortController();
  const asking = ask(stop.signal);
  await vi.waitFor(() => {
    expect(access.get()).toBe("asked");
  });
  stop.abort();
  await expect(asking).rejects.toBeInstanceOf(DOMException);
});

test("who logs out is led to the login again", async () => {
  answer(200, {});
  await ask();
  access.left();
  answer(401, { detail: "A token is needed." });
  await expect(ask()).rejects.toThrow("A token is needed.");
  expect(led).toHaveBeenCalledTimes(1);
});
