/** The page of one post of the forum with its comments. */
import { Group, Stack, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { useComments, usePost } from "../../api/forum";
import { turn } from "../../api/turn";
import { asWritten } from "../../ui/asWritten";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { PlainText } from "../../ui/PlainText";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { Author } from "./Author";
import { useAuthor } from "./useAuthor";
import { CommentForm } from "./CommentForm";
import { Comments } from "./Comments";
import { Votes } from "./Votes";

/** Return how many pages are loaded. */
const count = (data: { pages: unknown[] } | undefined) => data?.pages.length ?? 0;
const route = getRouteApi("/shell/forum/posts/$postId");

export function PostPage() {
  const id = Number(route.useParams().postId);
  const { comment } = route.useSearch();
  const [voter] = useAuthor();
  const post = usePost(id, voter);
  if (post.data === undefined)
    return (
      <Page title="Post">
        <Back />
        {post.error ? <Problem error={post.error} again={() => void post.refetch()} /> : <Loading lines={4} />}
      </Page>
    );
  const { data } = post;
  return (
    <Page title={asWritten(data.title)}>
      <Stack gap="sm">
        <Group gap="xs" fz="sm">
          <Back board={data.board} />
          <Author name={data.author} byAgent={data.by_agent} />
          <Text span inherit c="dimmed">
            <Instant at={data.created_at} />
          </Text>
        </Group>
        <PlainText maw={860}>{data.content}</PlainText>
        <Group>
          <Votes kind="post" item={data} />
        </Group>
      </Stack>
      {/* The key gives each post its own texts that are being written. */}
      <Below key={id} post={id} pointed={comment} number={data.comments} />
    </Page>
  );
}

function Back({ board }: { board?: string }) {
  return (
    <LinkText size="sm" to="/forum" search={board === undefined ? {} : { board }}>
      {board === undefined ? "Forum" : `Board ${board}`}
    </LinkText>
  );
}

function Below({ post, pointed, number }: { post: number; pointed: number | undefined; number: number }) {
  const [voter] = useAuthor();
  const comments = useComments(post, voter);
  const [content, setContent] = useState("");
  const all = comments.data?.pages.toReversed().flatMap((page) => page.items) ?? [];
  const { hasNextPage, isFetching, fetchNextPage } = comments;
  const missing = pointed !== undefined && comments.data !== undefined && !all.some((each) => each.id === pointed);
  useEffect(() => {
    // Load earlier comments until the highlighted one is among them.
    if (missing && hasNextPage && !isFetching) void fetchNextPage();
  }, [missing, hasNextPage, isFetching, fetchNextPage]);
  return (
    <Section title={number === 1 ? "1 comment" : `${number.toLocaleString()} comments`}>
      <Stack gap="md">
        {comments.error && <Problem error={comments.error} again={() => void comments.refetch()} />}
        {comments.isPending && <Loading />}
        <More shown={hasNextPage} onMore={() => turn(fetchNextPage, count, comments.data)}>
          Earlier comments
        </More>
        <Comments comments={all} pointed={pointed} />
        <CommentForm post={post} content={content} onChange={setContent} />
      </Stack>
    </Section>
  );
}
