/** What is on its way outside, and what became of it. */
import { Box, NativeSelect, Text } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";

import { useDeliveries } from "../../api/deliveries";
import { turn } from "../../api/turn";
import { lookOfDelivery } from "../../ui/deliveries";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { DeliveryRow } from "./DeliveryRow";
import { STATUSES, worldSearch } from "./search";
import classes from "./World.module.css";

const route = getRouteApi("/shell/world");
const ALL = "all";

export function Deliveries() {
  const search = route.useSearch();
  const { status } = search;
  const navigate = route.useNavigate();
  const list = useDeliveries(status);
  const found = list.data?.pages.flatMap((page) => page.items);

  function choose(chosen: string): void {
    void navigate({ search: worldSearch({ ...search, status: chosen }), replace: true, resetScroll: false });
  }

  return (
    <Section
      title="Deliveries"
      actions={
        <NativeSelect
          aria-label="Show"
          value={status ?? ALL}
          onChange={(event) => choose(event.currentTarget.value)}
          data={[{ value: ALL, label: "all" }, ...STATUSES.map((value) => ({ value, label: lookOfDelivery(value).label }))]}
        />
      }
    >
      {list.error && <Problem error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading lines={4} height={56} />}
      {found && (
        <Box aria-busy={list.isPlaceholderData} style={{ opacity: list.isPlaceholderData ? 0.6 : 1 }}>
          {found.length === 0 ? (
            <Nothing filtered={status !== undefined} />
          ) : (
            <ol className={classes.rows} aria-label="Deliveries">
              {found.map((each) => (
                <DeliveryRow key={each.id} delivery={each} />
              ))}
            </ol>
          )}
          <More
            shown={list.hasNextPage}
            onMore={() => turn(list.fetchNextPage, (data) => data?.pages.length ?? 0, list.data)}
          >
            Older deliveries
          </More>
        </Box>
      )}
    </Section>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <Empty icon={IconSend} title={filtered ? "No delivery is like that" : "Nothing went outside yet"}>
      {!filtered && (
        <Text size="sm" c="dimmed">
          What an agent tells you, posts or notes through a connection appears here, with each try.
        </Text>
      )}
    </Empty>
  );
}
