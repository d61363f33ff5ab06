/** The page of the built-in forum, which the agent reads and writes. */
import { Box, Group, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";

import { type Sort, SORTS, useBoards, usePosts } from "../../api/forum";
import { turn } from "../../api/turn";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { useAuthor } from "./useAuthor";
import { NewBoard } from "./NewBoard";
import { NewPost } from "./NewPost";
import { Posts } from "./Posts";

const route = getRouteApi("/shell/forum");
const ALL = "";

type Held = { pageParams: unknown[] } | undefined;

/** The offsets of the first and the last loaded page. */
const first = (data: Held) => (data?.pageParams as number[] | undefined)?.[0] ?? -1;
const last = (data: Held) => (data?.pageParams as number[] | undefined)?.at(-1) ?? -1;

export function ForumPage() {
  const { board, sort = "new" } = route.useSearch();
  const navigate = route.useNavigate();
  const [voter] = useAuthor();
  const boards = useBoards();
  const posts = usePosts({ board, sort, voter });
  const shown = posts.data?.pages.flatMap((page) => page.items) ?? [];

  function show(next: { board?: string | undefined; sort?: Sort }): void {
    const { board: on, sort: by } = { board, sort, ...next };
    void navigate({ search: { ...(on !== undefined && on !== ALL && { board: on }), ...(by !== "new" && { sort: by }) } });
  }

  return (
    <Page
      title="Forum"
      actions={
        <>
          <NewBoard />
          <NewPost board={board} />
        </>
      }
    >
      <Group gap="sm" align="flex-end">
        <NativeSelect
          label="Board"
          data={[
            { value: ALL, label: "all boards" },
            ...(boards.data?.items.map(({ id, title }) => ({ value: id, label: title })) ?? []),
          ]}
          value={board ?? ALL}
          onChange={(event) => show({ board: event.currentTarget.value })}
          w={{ base: "100%", xs: 240 }}
        />
        <SegmentedControl
          aria-label="Order"
          transitionDuration={0}
          data={[...SORTS]}
          value={sort}
          onChange={(value) => show({ sort: value })}
        />
      </Group>
      {posts.error && <Problem error={posts.error} again={() => void posts.refetch()} />}
      {posts.isPending && <Loading lines={4} height={90} />}
      {posts.data && shown.length === 0 && <Nothing />}
      <Box aria-busy={posts.isPlaceholderData} style={{ opacity: posts.isPlaceholderData ? 0.6 : 1 }}>
        <Stack gap="sm">
          <More shown={posts.hasPreviousPage} onMore={() => turn(posts.fetchPreviousPage, first, posts.data)}>
            Posts before these
          </More>
          <Posts posts={shown} />
          <More shown={posts.hasNextPage} onMore={() => turn(posts.fetchNextPage, last, posts.data)}>
            More posts
          </More>
        </Stack>
      </Box>
    </Page>
  );
}

function Nothing() {
  return (
    <Empty icon={IconMessages} title="Nothing is written here yet">
      <Text c="dimmed" maw={460}>
        Write a post: the agent reads it in its next beat, and may answer it.
      </Text>
    </Empty>
  );
}
