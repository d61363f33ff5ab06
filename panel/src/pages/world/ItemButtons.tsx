/** What a person says about an item: it is done, it is not, or it comes later. */
import { Button, Group, Menu, Stack } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useRef } from "react";

import { type Said, useSayOfItem } from "../../api/inbox";
import type { InboxItem } from "../../api/types";
import { exactText } from "../../ui/times";
import { Problem } from "../../ui/Problem";
import { snoozes } from "./snooze";

export function ItemButtons({ item }: { item: InboxItem }) {
  const { id, state } = item;
  const say = useSayOfItem(item);
  const first = useRef<HTMLButtonElement>(null);
  const isDone = state === "done";
  const answer: Said["answer"] = isDone ? "undone" : "done";
  const label = isDone ? "Undo" : "Done";

  /** Buttons are not disabled meanwhile, which would take the keyboard's focus from them. */
  function tell(said: Said): void {
    if (!say.isPending) say.mutate(said);
  }

  /** The button goes with what it takes back, so the keyboard's focus goes to the first one. */
  function unsnooze(): void {
    first.current?.focus();
    tell({ answer: "unsnooze" });
  }

  return (
    <Stack gap="xs" maw={420}>
      <Group gap="xs" wrap="nowrap">
        {/* One button of two names, so that the keyboard stays where it is. */}
        <Button
          ref={first}
          size="xs"
          variant="default"
          aria-label={`${label} (item ${id})`}
          aria-busy={say.isPending}
          onClick={() => tell({ answer })}
        >
          {label}
        </Button>
        {!isDone && <Snooze id={id} onSnooze={(until) => tell({ answer: "snooze", until })} />}
        {state === "snoozed" && (
          <Button size="xs" variant="default" aria-label={`Undo snooze (item ${id})`} onClick={unsnooze}>
            Undo snooze
          </Button>
        )}
      </Group>
      {say.error && <Problem error={say.error} />}
    </Stack>
  );
}

interface Props {
  id: number;
  onSnooze: (until: string) => void;
}

function Snooze({ id, onSnooze }: Props) {
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          aria-label={`Snooze (item ${id})`}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          Snooze
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Choices onSnooze={onSnooze} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Rendered when the menu opens, so that the choices count from then. */
function Choices({ onSnooze }: Pick<Props, "onSnooze">) {
  return snoozes(new Date()).map(({ label, until }) => (
    <Menu.Item key={label} title={exactText(until.getTime())} onClick={() => onSnooze(until.toISOString())}>
      {label}
    </Menu.Item>
  ));
}
