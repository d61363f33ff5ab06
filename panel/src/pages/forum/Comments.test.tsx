import { fireEvent, screen, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";

import type { Comment } from "../../api/types";
import { show } from "../../testing/render";
import { Comments } from "./Comments";

afterEach(() => vi.unstubAllGlobals());

function comment(id: number, parent: number | null = null): Comment {
  return {
    id,
    post_id: 1,
    parent_comment_id: parent,
    content: `comment ${id}`,
    author: "ana",
    score: 0,
    created_at: "2026-11-02T12:00:00Z",
    by_agent: false,
    vote: null,
  };
}

/** The comments, with a button that fetches them again as `later`. */
function Page({ first, later }: { first: readonly Comment[]; later: readonly Comment[] }) {
  const [comments, setComments] = useState(first);
  return (
    <>
      <button onClick={() => setComments(later)}>Fetch again</button>
      <Comments comments={comments} />
    </>
  );
}

const typed = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Reply" }).value;

test.each([
  ["without the comment", [comment(1), comment(2, 1)], [comment(1)]],
  ["without what the comment replies to", [comment(1), comment(2, 1)], [comment(2, 1)]],
  ["with what the comment replies to", [comment(2, 1)], [comment(1), comment(2, 1)]],
  ["without any", [comment(1), comment(2, 1)], []],
])("a reply that is being written outlives a list that comes back %s", (_, first, later) => {
  show(<Page first={first} later={later} />);
  fireEvent.click(screen.getByRole("button", { name: "Reply to comment 2" }));
  fireEvent.change(screen.getByRole("textbox", { name: "Reply" }), { target: { value: "Or black." } });
  fireEvent.click(screen.getByRole("button", { name: "Fetch again" }));
  expect(typed()).toBe("Or black.");
  expect(screen.getByRole("article", { name: "Comment 2" }).textContent).toContain("comment 2");
});

test("a reply closes when it is cancelled, and when it was sent", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(comment(3, 2), { status: 201 })));
  show(<Comments comments={[comment(1), comment(2)]} />);
  for (const id of [1, 2]) fireEvent.click(screen.getByRole("button", { name: `Reply to comment ${id}` }));
  fireEvent.click(within(screen.getByRole("form", { name: "Reply to comment 1" })).getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("form", { name: "Reply to comment 1" })).toBeNull();
  fireEvent.change(screen.getByRole("textbox", { name: "Reply" }), { target: { value: "Or black." } });
  fireEvent.submit(screen.getByRole("form", { name: "Reply to comment 2" }));
  await expect.poll(() => screen.queryByRole("form")).toBeNull();
});

test("a form that is open takes the name that another one has stored, unless one was typed into it", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(comment(4, 1), { status: 201 })));
  show(<Comments comments={[comment(1), comment(2), comment(3)]} />);
  for (const id of [1, 2, 3]) fireEvent.click(screen.getByRole("button", { name: `Reply to comment ${id}` }));
  const form = (id: number) => within(screen.getByRole("form", { name: `Reply to comment ${id}` }));
  const name = (id: number) => form(id).getByRole<HTMLInputElement>("textbox", { name: "Your name" });
  fireEvent.change(name(1), { target: { value: "zoe" } });
  fireEvent.change(name(3), { target: { value: "ida" } });
  fireEvent.submit(screen.getByRole("form", { name: "Reply to comment 1" }));
  await expect.poll(() => screen.queryByRole("form", { name: "Reply to comment 1" })).toBeNull();
  expect([name(2).value, name(3).value]).toEqual(["zoe", "ida"]);
  localStorage.clear();
});
