/** Items of the forum, by the names in actions and receipts. */

export interface ForumItem {
  kind: "post" | "comment";
  id: number;
}

/** Parse `post:3` or `comment:7`; null for anything else. */
export function itemOf(name: string | null | undefined): ForumItem | null {
  const found = /^(post|comment):(\d{1,15})$/.exec(name ?? "");
  return found ? { kind: found[1] as ForumItem["kind"], id: Number(found[2]) } : null;
}

/** Return the post or comment that a receipt names; null for a vote or without a receipt. */
export function madeOf(receipt: Readonly<Record<string, unknown>> | null): ForumItem | null {
  if (typeof receipt?.post_id === "number") return { kind: "post", id: receipt.post_id };
  if (typeof receipt?.comment_id === "number") return { kind: "comment", id: receipt.comment_id };
  return null;
}

export function itemText({ kind, id }: ForumItem): string {
  return `${kind} ${id}`;
}
