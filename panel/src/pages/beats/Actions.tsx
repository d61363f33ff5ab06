/** The actions of a beat with the target's receipts, or the action that it proposed. */
import { Alert, Group, Stack, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useState } from "react";

import { useAnswer } from "../../api/approvals";
import type { Action, BeatDetail } from "../../api/types";
import { itemOf, itemText, madeOf } from "../../ui/forumItem";
import { DeliveryState } from "../../ui/DeliveryState";
import { TargetLink } from "../../ui/ItemLink";
import { OwnFields } from "../../ui/OwnFields";
import type { OwnFields as Fields } from "../../ui/valueText";
import { PlainText } from "../../ui/PlainText";
import { Section } from "../../ui/Section";
import { Answering } from "../approvals/Answering";
import { Unused } from "../approvals/Unused";
import { proposalOf } from "../approvals/proposal";
import { isOpen } from "../approvals/shown";
import { Answered } from "./Answered";
import classes from "./Beat.module.css";
import { Ways } from "./Ways";
import { isObject, text } from "./row";

export function Actions({ beat }: { beat: BeatDetail }) {
  const { actions, draft, approval } = beat;
  if (actions.length === 0 && draft === null) return null;
  return (
    <Section title={actions.length > 0 ? "Action" : beat.status === "dry_run" ? "What it would have done" : "Proposal"}>
      <Stack gap="md">
        {beat.status === "dry_run" && (
          <Alert variant="outline" color="blue" icon={<IconFlask aria-hidden />} title="Dry run">
            Nothing of this was done.
          </Alert>
        )}
        {actions.map((action, place) => (
          <Done key={place} action={action} />
        ))}
        {actions.length > 0 && <Ways beat={beat.id} />}
        {actions.length === 0 && draft !== null && <What action={proposed(draft)} />}
        <Answer key={beat.id} beat={beat} />
        {approval && <Answered approval={approval} />}
      </Stack>
    </Section>
  );
}

/** The same buttons as on the page of approvals; afterwards why an answer was not used. */
function Answer({ beat }: { beat: BeatDetail }) {
  const answer = useAnswer(beat.id);
  const [isTyping, setTyping] = useState(false);
  const waits = beat.status === "awaiting_approval";
  const proposal = proposalOf(beat);
  return (
    <>
      {!waits && <Unused error={answer.error} />}
      {proposal && isOpen(waits, isTyping, answer) && (
        <Answering
          proposal={proposal}
          place={beat.private ? null : beat.place}
          answer={answer}
          isClosed={!waits && !answer.isPending}
          onTyping={setTyping}
        />
      )}
    </>
  );
}

interface Shown {
  kind: string;
  board: string | null;
  target_id: string | null;
  title: string | null;
  content: string | null;
  vote_direction: string | null;
  fields: Fields | null;
  text: string | null;
  file: string | null;
  mode: string | null;
}

function proposed(draft: Record<string, unknown>): Shown {
  const post = text(draft.post_id);
  const comment = text(draft.comment_id);
  return {
    kind: text(draft.kind) ?? "action",
    board: text(draft.board),
    target_id: comment === null ? (post === null ? null : `post:${post}`) : `comment:${comment}`,
    title: text(draft.title),
    content: text(draft.content),
    vote_direction: text(draft.vote_direction),
    fields: isObject(draft.fields) ? draft.fields : null,
    text: text(draft.text),
    file: text(draft.file),
    mode: text(draft.mode),
  };
}

function Done({ action }: { action: Action }) {
  const { receipt } = action;
  const item = madeOf(receipt) ?? itemOf(action.target_id);
  return (
    <div>
      <What action={action} />
      <dl className={classes.facts}>
        <div>
          <dt>target</dt>
          <dd>{action.target}</dd>
        </div>
        {action.about !== null && (
          <div>
            <dt>about</dt>
            <dd>{action.about.replace(":", " ")}</dd>
          </div>
        )}
        <div>
          <dt>status</dt>
          <dd>
            <DeliveryState status={action.status} reason={action.reason} />
          </dd>
        </div>
        {receipt !== null &&
          Object.entries(receipt).map(([name, value]) => (
            <div key={name}>
              <dt>{`receipt: ${name.replaceAll("_", " ")}`}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
      </dl>
      {item !== null && (
        <Text size="sm">
          <TargetLink target={action.target} item={item}>
            See {itemText(item)}
          </TargetLink>
        </Text>
      )}
    </div>
  );
}

function What({ action }: { action: Shown }) {
  const on = action.target_id?.replace(":", " ");
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {action.kind}
          {action.vote_direction !== null && ` ${action.vote_direction}`}
        </Text>
        {on !== undefined && <Text size="sm">on {on}</Text>}
        {action.board !== null && <Text size="sm">in {action.board}</Text>}
        {action.file !== null && <Text size="sm">{`${action.mode ?? "append"} in ${action.file}`}</Text>}
      </Group>
      {action.title !== null && (
        <PlainText size="sm" fw={600}>
          {action.title}
        </PlainText>
      )}
      {action.content !== null && <PlainText size="sm">{action.content}</PlainText>}
      {action.text !== null && <PlainText size="sm">{action.text}</PlainText>}
      {action.fields !== null && <OwnFields fields={action.fields} />}
    </Stack>
  );
}
