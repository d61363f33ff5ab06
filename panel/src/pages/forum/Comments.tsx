/** The comments under a post, as threads of replies. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { createContext, use, useEffect, useRef, useState } from "react";

import type { Comment } from "../../api/types";
import { Instant } from "../../ui/Instant";
import { PlainText } from "../../ui/PlainText";
import { Author } from "./Author";
import { type Branch, branchesOf, withComments } from "./branches";
import { CommentForm } from "./CommentForm";
import classes from "./Comments.module.css";
import { Votes } from "./Votes";

/** The maximum depth of indentation; deeper replies would have too little room for their text. */
const DEEPEST = 5;

interface Props {
  comments: readonly Comment[];
  /** The id of the comment to highlight. */
  pointed?: number | undefined;
}

/** A reply that is being written. */
interface Reply {
  to: Comment;
  content: string;
}

/** The replies that are being written, by the comment they reply to, and what changes one; null closes it. */
interface Replies {
  open: readonly Reply[];
  put: (to: Comment, content: string | null) => void;
}

const RepliesContext = createContext<Replies>({ open: [], put: () => undefined });

/**
 * The replies are kept here, not beside their comments: when the list is fetched again, a comment may stand elsewhere in
 * it, or be no longer in it, and what is typed must outlive that.
 */
export function Comments({ comments, pointed }: Props) {
  const [open, setOpen] = useState<readonly Reply[]>([]);
  const shown = withComments(comments, open.map(({ to }) => to));

  function put(to: Comment, content: string | null): void {
    setOpen((before) => {
      const others = before.filter((each) => each.to.id !== to.id);
      return content === null ? others : [...others, { to, content }];
    });
  }

  return (
    <RepliesContext value={{ open, put }}>
      <Branches branches={branchesOf(shown)} depth={0} pointed={pointed} label="Comments" />
    </RepliesContext>
  );
}

interface BranchesProps {
  branches: readonly Branch[];
  depth: number;
  pointed: number | undefined;
  label: string;
}

function Branches({ branches, depth, pointed, label }: BranchesProps) {
  if (branches.length === 0) return null;
  return (
    <ul className={classes.list} data-inside={(depth > 0 && depth <= DEEPEST) || undefined} aria-label={label}>
      {branches.map((branch) => (
        <li key={branch.comment.id}>
          <One comment={branch.comment} pointed={branch.comment.id === pointed} />
          <Branches
            branches={branch.replies}
            depth={depth + 1}
            pointed={pointed}
            label={`Replies to comment ${branch.comment.id}`}
          />
        </li>
      ))}
    </ul>
  );
}

function One({ comment, pointed }: { comment: Comment; pointed: boolean }) {
  const { open, put } = use(RepliesContext);
  const reply = open.find(({ to }) => to.id === comment.id);
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (pointed) place.current?.scrollIntoView({ block: "center" });
  }, [pointed]);
  return (
    <article ref={place} className={classes.comment} data-pointed={pointed || undefined} aria-label={`Comment ${comment.id}`}>
      <Stack gap={4}>
        <Group gap="xs" fz="sm">
          <Author name={comment.author} byAgent={comment.by_agent} />
          <Text span inherit c="dimmed">
            <Instant at={comment.created_at} />
          </Text>
        </Group>
        <PlainText size="sm">{comment.content}</PlainText>
        <Group gap="sm">
          <Votes kind="comment" item={comment} />
          {reply === undefined && (
            <Button size="compact-xs" variant="subtle" onClick={() => put(comment, "")} aria-label={`Reply to comment ${comment.id}`}>
              Reply
            </Button>
          )}
        </Group>
        {reply !== undefined && (
          <CommentForm
            post={comment.post_id}
            parent={comment.id}
            content={reply.content}
            onChange={(content) => put(comment, content)}
            onDone={() => put(comment, null)}
          />
        )}
      </Stack>
    </article>
  );
}
