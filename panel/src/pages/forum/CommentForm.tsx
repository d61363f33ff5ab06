/** The form for a comment on a post, or for a reply to a comment. */
import { Button, Group, Stack, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { useNewComment } from "../../api/forum";
import { fieldProblem } from "../../api/problem";
import { Problem } from "../../ui/Problem";
import { useAuthor } from "./useAuthor";
import { AuthorField } from "./AuthorField";

interface Props {
  post: number;
  /** The comment that the new one replies to. */
  parent?: number;
  content: string;
  onChange: (content: string) => void;
  /** Called when a reply is saved or cancelled. */
  onDone?: () => void;
}

export function CommentForm({ post, parent, content, onChange, onDone }: Props) {
  const [author, remember] = useAuthor();
  // Until it is typed here, the name follows the stored one: a comment may show before the answer that stores its name.
  const [typed, setTyped] = useState<string>();
  const name = typed ?? author;
  const write = useNewComment(post);
  const refused = { author: fieldProblem(write.error, "author"), content: fieldProblem(write.error, "content") };

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (write.isPending) return;
    write.mutate(
      { content, author: name, ...(parent !== undefined && { parent_comment_id: parent }) },
      {
        onSuccess: () => {
          remember(name);
          if (onDone) onDone();
          else onChange("");
        },
      },
    );
  }

  return (
    <form onSubmit={submit} aria-label={parent === undefined ? "Write a comment" : `Reply to comment ${parent}`}>
      <Stack gap="sm">
        <Textarea
          label={parent === undefined ? "Comment" : "Reply"}
          autosize
          minRows={2}
          maxRows={12}
          required
          value={content}
          // What is typed while it is being sent would be emptied with it.
          readOnly={write.isPending}
          onChange={(event) => onChange(event.currentTarget.value)}
          error={refused.content}
        />
        <AuthorField value={name} onChange={setTyped} error={refused.author} />
        {write.error && refused.author === null && refused.content === null && <Problem error={write.error} />}
        <Group gap="sm">
          <Button type="submit" size="sm" loading={write.isPending}>
            {parent === undefined ? "Comment" : "Reply"}
          </Button>
          {onDone && (
            <Button size="sm" variant="default" onClick={onDone}>
              Cancel
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
