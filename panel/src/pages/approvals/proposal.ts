/** What a beat that waits proposes, read from its details. */
import type { BeatDetail, Edit } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { type ForumItem, itemOf } from "../../ui/forumItem";

/** The action as it would be done; texts as they were written. */
export interface Proposal {
  kind: "post" | "comment" | "vote";
  board: string;
  title: string;
  content: string;
  direction: string;
  /** What is answered or voted on; none for a new post. */
  item: ForumItem | null;
  target: string;
}

/** An item the beat has seen; its text may be cut. */
export interface Seen {
  kind: string;
  id: string;
  author: string;
  title: string;
  content: string;
  createdAt: string | null;
  own: boolean;
}

/** The fields a person may change, under the names of the API. */
export interface Changeable {
  title: string;
  content: string;
  vote_direction: string;
}

type Raw = Readonly<Record<string, unknown>>;

export function proposalOf(beat: Pick<BeatDetail, "draft" | "context">): Proposal | null {
  const { draft } = beat;
  const kind = draft?.kind;
  if (!draft || (kind !== "post" && kind !== "comment" && kind !== "vote")) return null;
  const comment = text(draft.comment_id);
  const post = text(draft.post_id);
  return {
    kind,
    board: text(draft.board),
    title: asWritten(text(draft.title)),
    content: asWritten(text(draft.content)),
    direction: text(draft.vote_direction),
    item: itemOf(comment ? `comment:${comment}` : `post:${post}`),
    target: text(raw(beat.context?.config)?.target) || "forum",
  };
}

/** The item as the beat saw it; null where it is not in what the row holds. */
export function seenOf(beat: Pick<BeatDetail, "context">, item: ForumItem | null): Seen | null {
  if (item === null) return null;
  const found = walk(raw(beat.context?.feed)?.items).find(
    (each) => each.kind === item.kind && text(each.id) === String(item.id),
  );
  if (!found) return null;
  return {
    kind: item.kind,
    id: text(found.id),
    author: text(found.author),
    title: text(found.title),
    content: text(found.content),
    createdAt: text(found.created_at) || null,
    own: found.own === true,
  };
}

export function reasoningOf(beat: Pick<BeatDetail, "decision">): string {
  return text(beat.decision?.reasoning);
}

/** What the kind of the action allows to change. */
export function changeable({ title, content, direction }: Proposal): Changeable {
  return { title, content, vote_direction: direction };
}

/** What was changed; undefined where nothing was, so that the action is done as it is. */
export function editOf(proposal: Proposal, now: Changeable): Edit | undefined {
  const before = changeable(proposal);
  const edit: Edit = {};
  for (const name of ["title", "content", "vote_direction"] as const)
    if (now[name] !== before[name]) edit[name] = now[name];
  return Object.keys(edit).length === 0 ? undefined : edit;
}

function walk(items: unknown): Raw[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((each: unknown) => {
    const item = raw(each);
    return item ? [item, ...walk(item.comments)] : [];
  });
}

function raw(value: unknown): Raw | undefined {
  return typeof value === "object" && value !== null ? (value as Raw) : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
