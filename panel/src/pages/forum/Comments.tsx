/** The comments under a post, as threads of replies. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import type { Comment } from "../../api/types";
import { Instant } from "../../ui/Instant";
import { PlainText } from "../../ui/PlainText";
import { Author } from "./Author";
import { type Branch, branchesOf } from "./branches";
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

export function Comments({ comments, pointed }: Props) {
  return <Branches branches={branchesOf(comments)} depth={0} pointed={pointed} label="Comments" />;
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
  const [replying, setReplying] = useState(false);
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
          {!replying && (
            <Button size="compact-xs" variant="subtle" onClick={() => setReplying(true)} aria-label={`Reply to comment ${comment.id}`}>
              Reply
            </Button>
          )}
        </Group>
        {replying && <CommentForm post={comment.post_id} parent={comment.id} onDone={() => setReplying(false)} />}
      </Stack>
    </article>
  );
}
