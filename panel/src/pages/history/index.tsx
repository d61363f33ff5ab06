/** The page of the history: all beats, including skipped and missed ones with their reasons. */
import { Box, Button, Group, Text } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";

import { exportUrl, type Filters } from "../../api/filters";
import { useHistory, type Way } from "../../api/history";
import { turn } from "../../api/turn";
import { useNow } from "../../ui/clock";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { FilterBar } from "./FilterBar";
import { foundText, stopOf } from "./found";
import { refusedFilter } from "./refused";
import { Rows } from "./Rows";

const MINUTE = 60_000;
const route = getRouteApi("/shell/history");

type Held = { pageParams: unknown[] } | undefined;

/** The numbers of the first and the last loaded page, from 0. */
const first = (data: Held) => (data?.pageParams as Way[] | undefined)?.[0]?.length ?? -1;
const last = (data: Held) => (data?.pageParams as Way[] | undefined)?.at(-1)?.length ?? -1;

export function HistoryPage() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const history = useHistory(filters);
  const pages = history.data?.pages ?? [];
  const beats = pages.flatMap((page) => page.activities);
  const stop = stopOf(pages);
  const none = beats.length === 0 && stop === undefined;
  const refused = refusedFilter(history.error, filters);

  /** Replace the address, so that the browser's back button leaves the page. */
  function change(next: Filters): void {
    void navigate({ search: next, replace: true });
  }

  async function newer(): Promise<void> {
    const data = await turn(history.fetchPreviousPage, first, history.data);
    // New beats may have been added between the newest page and the one after it.
    if (first(data) === 0) await history.refetch();
  }

  return (
    <Page title="History" actions={<Export filters={filters} shown={!history.error && history.isSuccess && !none} />}>
      <FilterBar filters={filters} refused={refused} onChange={change} />
      {history.error && refused === null && <Problem error={history.error} again={() => void history.refetch()} />}
      {history.isPending && <Loading lines={8} height={56} />}
      {!history.error && history.data && (
        <Box aria-busy={history.isPlaceholderData} style={{ opacity: history.isPlaceholderData ? 0.6 : 1 }}>
          <Text size="sm" c="dimmed" mb="xs" role="status">
            {foundText(pages, { words: filters.q !== undefined, whole: first(history.data) === 0 })}
          </Text>
          <More shown={history.hasPreviousPage} onMore={newer}>
            Newer beats
          </More>
          {beats.length > 0 && <Rows beats={beats} />}
          {none && <Nothing filtered={Object.keys(filters).length > 0} />}
          <More shown={history.hasNextPage} onMore={() => turn(history.fetchNextPage, last, history.data)}>
            {stop === undefined ? "Older beats" : "Search older beats"}
          </More>
        </Box>
      )}
    </Page>
  );
}

function Export({ filters, shown }: { filters: Filters; shown: boolean }) {
  const now = useNow(MINUTE);
  if (!shown) return null;
  return (
    <Group gap="xs">
      <Button
        component="a"
        href={exportUrl(filters, now)}
        download
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        title="One beat a line, as JSON: all that the filters let through"
      >
        Export as JSONL
      </Button>
    </Group>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <Empty icon={IconHistory} title={filtered ? "No beat is like that" : "No beats yet"}>
      <Text c="dimmed">
        {filtered ? "The filters let nothing through." : "As soon as a thread beats, it stands here."}
      </Text>
    </Empty>
  );
}
