/** A link to an item of the built-in forum: one that a beat answered, or that its receipt names. */
import { Text } from "@mantine/core";
import type { ReactNode } from "react";

import { type ForumItem, itemText } from "./forumItem";
import { LinkText } from "./links";

interface Props {
  item: ForumItem;
  children?: ReactNode;
}

export function ItemLink({ item, children = itemText(item) }: Props) {
  if (item.kind === "post")
    return (
      <LinkText inherit to="/forum/posts/$postId" params={{ postId: String(item.id) }}>
        {children}
      </LinkText>
    );
  return (
    <LinkText inherit to="/forum/comments/$commentId" params={{ commentId: String(item.id) }}>
      {children}
    </LinkText>
  );
}

/** The item that an action created: a link if it is on the built-in forum, else its name. */
export function TargetLink({ target, item, children }: { target: string; item: ForumItem | null; children?: ReactNode }) {
  if (item === null) return null;
  if (target !== "forum") return <Text span inherit>{children ?? itemText(item)}</Text>;
  return <ItemLink item={item}>{children}</ItemLink>;
}
