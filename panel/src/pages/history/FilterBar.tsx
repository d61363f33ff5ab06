/** The filters of the history; they are part of the address, so that a view can be bookmarked and shared. */
import { Autocomplete, Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";

import { type Filters, isDay, RANGES } from "../../api/filters";
import { useFoundThreads } from "../../api/threads";
import { isOutcome, lookOf, OUTCOMES } from "../../ui/outcomes";
import type { Refused } from "./refused";
import { today } from "./today";
import { useTyped } from "../../ui/useTyped";

interface Props {
  filters: Filters;
  refused: Refused | null;
  onChange: (next: Filters) => void;
}

const ANY = "";
const A_DAY = "day";

export function FilterBar({ filters, refused, onChange }: Props) {
  const { status, since } = filters;
  const at = (field: Refused["field"]) => (refused?.field === field ? refused.sentence : null);
  const words = useTyped(filters.q ?? "", (q) => set({ q }));
  const thread = useTyped(filters.thread ?? "", (name) => set({ thread: name }));
  // There may be too many threads for a list, so the service searches for matching ones.
  const found = useFoundThreads(filters.thread ?? "");
  const known = found.data?.pages.flatMap((page) => page.items.map((each) => each.thread_id)) ?? [];

  /** Change some filters; an empty value removes a filter. */
  function set(change: { [Name in keyof Filters]?: Filters[Name] | "" }): void {
    const all = Object.entries({ ...filters, ...change }).filter(([, value]) => value !== "");
    onChange(Object.fromEntries(all));
  }

  return (
    <Group component="search" gap="sm" align="flex-start" aria-label="Filters">
      <NativeSelect
        label="Outcome"
        value={status ?? ANY}
        onChange={({ currentTarget: { value } }) => set({ status: isOutcome(value) ? value : "" })}
        data={[{ value: ANY, label: "any" }, ...OUTCOMES.map((value) => ({ value, label: lookOf(value).label }))]}
        w={{ base: "100%", xs: 180 }}
      />
      <Autocomplete
        label="Thread"
        placeholder="all"
        data={known}
        limit={20}
        {...thread}
        error={at("thread")}
        w={{ base: "100%", xs: 200 }}
      />
      <NativeSelect
        label="Since"
        value={isDay(since) ? A_DAY : (since ?? ANY)}
        onChange={({ currentTarget: { value } }) => set({ since: value === A_DAY ? today(new Date()) : value })}
        data={[{ value: ANY, label: "the beginning" }, ...RANGES, { value: A_DAY, label: "A day…" }]}
        error={isDay(since) ? null : at("since")}
        w={{ base: "100%", xs: 170 }}
      />
      {isDay(since) && (
        <TextInput
          type="date"
          label="Day"
          value={since}
          onChange={({ currentTarget: { value } }) => {
            if (isDay(value)) set({ since: value });
          }}
          error={at("since")}
          w={{ base: "100%", xs: 160 }}
        />
      )}
      <TextInput
        type="search"
        label="Words"
        placeholder="in summary, reason, error or thread"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={words.value}
        onChange={({ currentTarget: { value } }) => words.onChange(value)}
        error={at("q")}
        w={{ base: "100%", xs: 300 }}
      />
      {Object.keys(filters).length > 0 && (
        <Button
          variant="default"
          mt={{ base: 0, xs: 25 }}
          leftSection={<IconX size={16} aria-hidden />}
          onClick={() => onChange({})}
        >
          Clear
        </Button>
      )}
    </Group>
  );
}
