/** One item of the inbox: what it is, when it is due, where it comes from, and what a person can say about it. */
import { Badge, Group, Text } from "@mantine/core";

import type { InboxItem } from "../../api/types";
import { DueTime } from "../../ui/DueTime";
import { Fold } from "../../ui/Fold";
import { lookOfKind, lookOfState } from "../../ui/inbox";
import { Instant } from "../../ui/Instant";
import { ItemOut } from "../../ui/ItemOut";
import { PlainText } from "../../ui/PlainText";
import { straight } from "../../ui/straight";
import { webLink } from "../../ui/webLink";
import { ItemButtons } from "./ItemButtons";
import classes from "./World.module.css";

/** Texts up to this length are shown without being asked for. */
const SHORT = 280;

export function ItemRow({ item }: { item: InboxItem }) {
  const { id, kind, state, connection, author, title, content, parent, due_at, all_day, changed_at } = item;
  const { label, icon: Shape } = lookOfKind(kind);
  const isGone = item.gone_at !== null;
  return (
    <li className={classes.row} aria-label={`Item ${id}`}>
      <div className={classes.what}>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Shape size={18} aria-hidden className={classes.kind} />
          <PlainText fw={600} td={state === "done" ? "line-through" : undefined}>
            {title === "" ? `${label} without a title` : straight(title)}
          </PlainText>
        </Group>
        <Group gap="xs">
          <ItemState item={item} />
          {due_at !== null && !isGone && (
            <Text size="sm" span>
              <DueTime at={due_at} allDay={all_day} />
            </Text>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {label} from {connection}
          {author !== "" && (
            <>
              , by <bdi>{straight(author)}</bdi>
            </>
          )}
          {parent !== null && kind === "task" && (
            <>
              , in <bdi>{straight(parent)}</bdi>
            </>
          )}
          {item.own && ", made by the agent"}, <Instant at={changed_at} />
          {webLink(item.url) !== null && ", "}
          <ItemOut url={item.url} />
        </Text>
        <Content text={straight(content)} title={title} />
      </div>
      {!isGone && <ItemButtons item={item} />}
    </li>
  );
}

function ItemState({ item: { state, snoozed_until } }: { item: InboxItem }) {
  const { label, icon: Shape } = lookOfState(state);
  return (
    <Badge variant="outline" tt="none" color="gray" c="var(--mantine-color-text)" leftSection={<Shape size={12} aria-hidden />}>
      {label}
      {state === "snoozed" && snoozed_until !== null && (
        <>
          , back <Instant at={snoozed_until} ahead />
        </>
      )}
    </Badge>
  );
}

function Content({ text, title }: { text: string; title: string }) {
  if (text === "" || text === title) return null;
  if (text.length <= SHORT) return <PlainText size="sm">{text}</PlainText>;
  return (
    <Fold title="Its text">
      <PlainText size="sm">{text}</PlainText>
    </Fold>
  );
}
