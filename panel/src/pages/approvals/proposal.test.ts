import { expect, test } from "vitest";

import { changeable, editOf, proposalOf, seenOf } from "./proposal";

const COMMENT = {
  draft: { kind: "comment", board: null, title: null, content: "Try &lt;b&gt;.", post_id: "3", comment_id: "7" },
  context: {
    config: { target: "forum" },
    feed: {
      items: [
        { kind: "message", id: "7", author: "me", content: "Not this." },
        {
          kind: "post",
          id: "3",
          author: "ana",
          title: "Tea",
          content: "Which?",
          comments: [{ kind: "comment", id: "7", author: "bo", content: "Green.", created_at: "2026-11-02T12:00:00Z" }],
        },
      ],
    },
  },
};

test("an action is read as it was written", () => {
  const proposal = proposalOf(COMMENT);
  expect(proposal).toMatchObject({ kind: "comment", content: "Try <b>.", item: { kind: "comment", id: 7 }, target: "forum" });
  expect(seenOf(COMMENT, proposal?.item ?? null)).toMatchObject({ kind: "comment", author: "bo", content: "Green." });
});

test("a post answers nothing", () => {
  const proposal = proposalOf({ draft: { kind: "post", board: "general", title: "Figs", content: "Ripe." }, context: null });
  expect(proposal).toMatchObject({ board: "general", title: "Figs", item: null });
  expect(seenOf({ context: null }, null)).toBeNull();
});

test("without an action there is no proposal", () => {
  expect(proposalOf({ draft: null, context: null })).toBeNull();
  expect(proposalOf({ draft: { kind: null }, context: null })).toBeNull();
});

test("an action of the target's own kind has its fields", () => {
  const draft = { kind: "label", post_id: "3", fields: { name: "idea", why: "New.", weight: 2 } };
  const proposal = proposalOf({ draft, context: { config: { target: "journal" } } });
  expect(proposal).toMatchObject({ kind: "label", item: { kind: "post", id: 3 }, target: "journal", own: draft.fields });
  if (proposal === null) throw new Error("no proposal");
  const before = changeable(proposal);
  expect(editOf(proposal, before)).toBeUndefined();
  expect(editOf(proposal, { ...before, fields: { ...before.fields, name: "report" } })).toEqual({
    fields: { name: "report" },
  });
});

test("a note has its file, and the item that it is about", () => {
  const draft = { kind: "note", file: "todo.md", mode: "tick", text: "Buy <tea>", about: "forum.post:3", target: "notes" };
  const proposal = proposalOf({ draft, context: { config: { target: ["forum", "notes"] } } });
  expect(proposal).toMatchObject({ file: "todo.md", mode: "tick", text: "Buy <tea>", on: "post 3", target: "forum", own: null });
  if (proposal === null) throw new Error("no proposal");
  const before = changeable(proposal);
  expect(editOf(proposal, { ...before, text: "Buy milk", file: "tea.md" })).toEqual({ text: "Buy milk", file: "tea.md" });
});

test("only what was changed is sent", () => {
  const proposal = proposalOf(COMMENT);
  if (proposal === null) throw new Error("no proposal");
  const before = changeable(proposal);
  expect(editOf(proposal, before)).toBeUndefined();
  expect(editOf(proposal, { ...before, content: "" })).toEqual({ content: "" });
  expect(editOf(proposal, { ...before, vote_direction: "down" })).toEqual({ vote_direction: "down" });
});
