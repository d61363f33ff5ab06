/** What the connections have brought, the newest first. */
import { Box, Text } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";

import { type InboxFilters, useInbox } from "../../api/inbox";
import { ProblemError } from "../../api/problem";
import { turn } from "../../api/turn";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { InboxFilterBar } from "./InboxFilterBar";
import { ItemRow } from "./ItemRow";
import { filtersOf, worldSearch } from "./search";
import classes from "./World.module.css";

const route = getRouteApi("/shell/world");

export function Inbox() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filters = filtersOf(search);
  const list = useInbox(filters);
  const refused = refusedThread(list.error, filters);
  const found = list.error ? undefined : list.data?.pages.flatMap((page) => page.items);

  function change(next: Partial<Record<keyof InboxFilters, string>>): void {
    void navigate({ search: worldSearch({ ...search, ...next }), replace: true, resetScroll: false });
  }

  return (
    <Section title="Inbox">
      <InboxFilterBar filters={filters} refused={refused} onChange={change} />
      {list.error && refused === null && <Problem error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading lines={4} height={72} />}
      {found && (
        <Box aria-busy={list.isPlaceholderData} style={{ opacity: list.isPlaceholderData ? 0.6 : 1 }}>
          {found.length === 0 ? (
            <Nothing filtered={Object.keys(filters).length > 0} />
          ) : (
            <ol className={classes.rows} aria-label="Inbox">
              {found.map((each) => (
                <ItemRow key={each.id} item={each} />
              ))}
            </ol>
          )}
          <More
            shown={list.hasNextPage}
            onMore={() => turn(list.fetchNextPage, (data) => data?.pages.length ?? 0, list.data)}
          >
            Older items
          </More>
        </Box>
      )}
    </Section>
  );
}

/** Of the inbox, a 404 always means that the thread does not exist. */
function refusedThread(error: unknown, filters: InboxFilters): string | null {
  if (!(error instanceof ProblemError) || filters.thread === undefined) return null;
  return error.status === 404 || error.field === "thread" ? error.message : null;
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <Empty icon={IconInbox} title={filtered ? "No item is like that" : "Nothing came in yet"}>
      {!filtered && (
        <Text size="sm" c="dimmed" maw={520}>
          New files and open boxes of a folder, appointments of a calendar, entries of a feed and mails appear here,
          once a connection to them was looked at.
        </Text>
      )}
    </Empty>
  );
}
