/** The filters of the inbox; they are part of the address. */
import { Autocomplete, Group, NativeSelect } from "@mantine/core";

import { useConnections } from "../../api/connections";
import type { InboxFilters } from "../../api/inbox";
import { useFoundThreads } from "../../api/threads";
import { INBOX_KINDS, isLookedAt, ITEM_STATES, lookOfKind, lookOfState, SHARED_STATES } from "../../ui/inbox";
import { useTyped } from "../../ui/useTyped";

interface Props {
  filters: InboxFilters;
  /** Why the service refused the thread, or null. */
  refused: string | null;
  onChange: (change: Partial<Record<keyof InboxFilters, string>>) => void;
}

const ANY = "";
const WIDTH = { base: "100%", xs: 180 };

export function InboxFilterBar({ filters, refused, onChange }: Props) {
  const connections = useConnections().data?.items.filter(isLookedAt).map(({ name }) => name) ?? [];
  const thread = useTyped(filters.thread ?? "", (name) => onChange({ thread: name }));
  const found = useFoundThreads(filters.thread ?? "");
  const known = found.data?.pages.flatMap((page) => page.items.map((each) => each.thread_id)) ?? [];
  const states = filters.thread === undefined ? SHARED_STATES : ITEM_STATES;
  return (
    <Group component="search" gap="sm" align="flex-start" aria-label="Filters of the inbox" mb="sm">
      <NativeSelect
        label="Connection"
        value={filters.connection ?? ANY}
        onChange={(event) => onChange({ connection: event.currentTarget.value })}
        data={[{ value: ANY, label: "all" }, ...withChosen(connections, filters.connection)]}
        w={WIDTH}
      />
      <NativeSelect
        label="Kind"
        value={filters.kind ?? ANY}
        onChange={(event) => onChange({ kind: event.currentTarget.value })}
        data={[{ value: ANY, label: "any" }, ...INBOX_KINDS.map((value) => ({ value, label: lookOfKind(value).label }))]}
        w={WIDTH}
      />
      <NativeSelect
        label="State"
        value={filters.state ?? ANY}
        onChange={(event) => onChange({ state: event.currentTarget.value })}
        data={[
          { value: ANY, label: "any" },
          ...withChosen(states, filters.state).map((value) => ({ value, label: lookOfState(value).label })),
        ]}
        w={WIDTH}
      />
      <Autocomplete
        label="As thread"
        placeholder="any"
        data={known}
        limit={20}
        {...thread}
        error={refused}
        w={WIDTH}
      />
    </Group>
  );
}

/** A value of the address is offered too, so that the field shows what is chosen. */
function withChosen(offered: readonly string[], chosen: string | undefined): string[] {
  return chosen === undefined || offered.includes(chosen) ? [...offered] : [...offered, chosen];
}
