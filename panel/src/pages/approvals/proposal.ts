/** The proposed action of a waiting beat, read from its details, and edits of it. */
import type { BeatDetail, Edit } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { type ForumItem, itemOf } from "../../ui/forumItem";
import type { OwnFields } from "../../ui/valueText";
import { meant, typed } from "./typed";

/** The proposed action, with texts as they were written. */
export interface Proposal {
  /** `post`, `comment`, `vote`, `tell`, `note`, or a kind that the target defines. */
  kind: string;
  board: string;
  title: string;
  content: string;
  direction: string;
  /** Of a tell or a note. */
  text: string;
  /** Of a note; `mode` is `append` or `tick`. */
  file: string;
  mode: string;
  /** The item that is answered, voted on, told or noted about; null for a new post. */
  item: ForumItem | null;
  /** The same in words, also for items outside the forum; empty if there is none. */
  on: string;
  target: string;
  /** The fields of a kind that the target defines; null for the kinds that every target knows. */
  own: OwnFields | null;
}

/** An item that the beat has seen; its text may be truncated. */
export interface Seen {
  kind: string;
  id: string;
  author: string;
  title: string;
  content: string;
  createdAt: string | null;
  own: boolean;
}

/** The fields that a person may edit, under the names of the API. */
export interface Changeable {
  title: string;
  content: string;
  vote_direction: string;
  text: string;
  file: string;
  /** The values of the target's own fields, as typed. */
  fields: Readonly<Record<string, string | boolean>>;
}

type Raw = Readonly<Record<string, unknown>>;

const KNOWN = new Set(["post", "comment", "vote", "tell", "note"]);

export function proposalOf(beat: Pick<BeatDetail, "draft" | "context">): Proposal | null {
  const { draft } = beat;
  const kind = text(draft?.kind);
  if (!draft || kind === "") return null;
  const comment = text(draft.comment_id);
  const post = text(draft.post_id);
  // The key of an item is its source, its kind and its id, such as forum.post:3.
  const about = text(draft.about).replace(/^[^.]*\./, "");
  const on = about || (comment ? `comment:${comment}` : post && `post:${post}`);
  return {
    kind,
    board: text(draft.board),
    title: asWritten(text(draft.title)),
    content: asWritten(text(draft.content)),
    direction: text(draft.vote_direction),
    text: text(draft.text),
    file: text(draft.file),
    mode: text(draft.mode),
    item: itemOf(on),
    on: on.replace(":", " "),
    target: about ? sourceOf(draft.about) : targetOf(beat, draft),
    own: KNOWN.has(kind) ? null : (raw(draft.fields) ?? {}),
  };
}

/** Return the target of a draft; one of an older version names none. */
function targetOf(beat: Pick<BeatDetail, "context">, draft: Raw): string {
  return text(draft.target) || text(raw(beat.context?.config)?.target) || "forum";
}

function sourceOf(about: unknown): string {
  return text(about).split(".", 1)[0] ?? "";
}

/** Return the item as the beat saw it; null if the beat's row does not contain it. */
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

/** Return the editable fields of an action. */
export function changeable({ title, content, direction, text, file, own }: Proposal): Changeable {
  const fields = Object.entries(own ?? {}).map(([name, value]) => [name, typed(value)] as const);
  return { title, content, vote_direction: direction, text, file, fields: Object.fromEntries(fields) };
}

/** Return the changed fields; undefined if nothing was changed. */
export function editOf(proposal: Proposal, now: Changeable): Edit | undefined {
  const before = changeable(proposal);
  const edit: Edit = {};
  for (const name of ["title", "content", "vote_direction", "text", "file"] as const)
    if (now[name] !== before[name]) edit[name] = now[name];
  const changed = Object.entries(now.fields).filter(([name, value]) => value !== before.fields[name]);
  if (changed.length > 0)
    edit.fields = Object.fromEntries(changed.map(([name, value]) => [name, meant(proposal.own?.[name], value)]));
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
