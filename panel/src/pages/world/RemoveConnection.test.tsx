import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { show } from "../../testing/render";
import { RemoveConnection } from "./RemoveConnection";

const asked: string[] = [];
let answer = () => new Response(null, { status: 204 });

beforeEach(() => {
  asked.length = 0;
  answer = () => new Response(null, { status: 204 });
  vi.stubGlobal("fetch", (request: Request) => {
    const url = new URL(request.url);
    if (request.method === "DELETE") asked.push(url.pathname + url.search);
    return Promise.resolve(answer());
  });
});
afterEach(() => vi.unstubAllGlobals());

test("what it brought stays unless it is to be forgotten", async () => {
  show(<RemoveConnection name="diary" isTarget={false} isLooked />);
  fireEvent.click(screen.getByRole("button", { name: "Remove diary" }));
  fireEvent.click(await screen.findByRole("button", { name: "Remove" }));
  await waitFor(() => expect(asked).toEqual(["/api/connections/diary?forget=false"]));
});

test("forgetting says what it deletes, and what is left to do", async () => {
  answer = () => Response.json({ said: "Nothing of diary is shown any more; a beat was running." }, { status: 202 });
  show(<RemoveConnection name="diary" isTarget={false} isLooked />);
  fireEvent.click(screen.getByRole("button", { name: "Remove diary" }));
  fireEvent.click(await screen.findByRole("checkbox", { name: /Forget what it brought/ }));
  expect(screen.getByText(/This cannot be undone/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Remove and forget" }));
  await waitFor(() => expect(asked).toEqual(["/api/connections/diary?forget=true"]));
});

test.each([
  [true, false, /on its way to it is cancelled/, /stays in the inbox/],
  [false, true, /stays in the inbox/, /whose target it is/],
])("what removing means is said of what it is", async (isTarget, isLooked, said, unsaid) => {
  show(<RemoveConnection name="diary" isTarget={isTarget} isLooked={isLooked} />);
  fireEvent.click(screen.getByRole("button", { name: "Remove diary" }));
  expect(await screen.findByText(said)).toBeTruthy();
  expect(screen.queryByText(unsaid)).toBeNull();
});
