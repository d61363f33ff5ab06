/** A list of posts, each with the beginning of its text. */
import { Group, Paper, Stack, Text, Title } from "@mantine/core";

import type { Post } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Author } from "./Author";
import classes from "./Posts.module.css";
import { Votes } from "./Votes";

export function Posts({ posts }: { posts: readonly Post[] }) {
  return (
    <Stack gap="sm" component="ul" className={classes.list} aria-label="Posts">
      {posts.map((post) => (
        <Paper key={post.id} component="li" withBorder p="sm">
          <Stack gap={4}>
            <Title order={2} size="h5" className={classes.title}>
              <LinkText inherit underline="hover" to="/forum/posts/$postId" params={{ postId: String(post.id) }}>
                {asWritten(post.title)}
              </LinkText>
            </Title>
            <Text size="sm" lineClamp={3} className={classes.words}>
              {asWritten(post.content)}
            </Text>
            <Group gap="sm" fz="sm">
              <Votes kind="post" item={post} />
              <Author name={post.author} byAgent={post.by_agent} />
              <Text span inherit c="dimmed">
                <Instant at={post.created_at} />, on {post.board},{" "}
                {post.comments === 1 ? "1 comment" : `${post.comments.toLocaleString()} comments`}
              </Text>
            </Group>
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}
