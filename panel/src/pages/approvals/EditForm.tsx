/** The form to edit an action before it is approved; the service's messages are shown at their fields. */
import { Button, Group, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type ReactNode, type SubmitEvent, useId, useState } from "react";

import type { useAnswer } from "../../api/approvals";
import { fieldProblem } from "../../api/problem";
import { Problem } from "../../ui/Problem";
import { Closed } from "./Closed";
import { OwnFieldsEdited } from "./OwnFieldsEdited";
import { type Changeable, changeable, editOf, type Proposal } from "./proposal";
import { WordsEdited } from "./WordsEdited";

interface Props {
  proposal: Proposal;
  answer: ReturnType<typeof useAnswer>;
  /** Whether to approve all later actions like this one, too. */
  always: boolean;
  /** Whether the beat no longer waits: what is typed stays to be copied. */
  isClosed: boolean;
  onCancel: () => void;
  /** Fields below those of the action. */
  children: ReactNode;
}

/** The service truncates longer content, so the form shows the length. */
const CONTENT_LIMIT = 5_000;

export function EditForm({ proposal, answer, always, isClosed, onCancel, children }: Props) {
  const [fields, setFields] = useState(() => changeable(proposal));
  const direction = useId();
  const problem = (name: string) => fieldProblem(answer.error, `edit.${name}`);
  const elsewhere = answer.error !== null && !(["title", "content", "vote_direction", "text", "file"] as const).some((name) => problem(name));
  // The service counts characters, not UTF-16 units.
  const length = Array.from(fields.content).length;

  function change(changed: Partial<Changeable>): void {
    setFields((old) => ({ ...old, ...changed }));
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (isClosed) return;
    const edit = editOf(proposal, fields);
    answer.mutate({ answer: "approve", ...(edit && { edit }), ...(always && { always }) });
  }

  return (
    <form onSubmit={submit} aria-label="Edit the action">
      <Stack gap="sm">
        {proposal.kind === "post" && (
          <TextInput
            label="Title"
            data-autofocus
            value={fields.title}
            onChange={({ currentTarget: { value } }) => change({ title: value })}
            error={problem("title")}
          />
        )}
        {proposal.own !== null && (
          <OwnFieldsEdited fields={fields.fields} onChange={(own) => change({ fields: own })} />
        )}
        <WordsEdited proposal={proposal} fields={fields} onChange={change} problem={problem} />
        {(proposal.kind === "post" || proposal.kind === "comment") && (
          <Textarea
            label="Text"
            description={
              length > CONTENT_LIMIT
                ? `${length.toLocaleString()} characters: what is beyond ${CONTENT_LIMIT.toLocaleString()} will be cut off.`
                : "Plain text, up to 5,000 characters."
            }
            autosize
            minRows={3}
            maxRows={16}
            value={fields.content}
            onChange={({ currentTarget: { value } }) => change({ content: value })}
            error={problem("content")}
          />
        )}
        {proposal.kind === "vote" && (
          <div>
            <Text size="sm" fw={500} id={direction} mb={4}>
              Vote
            </Text>
            <SegmentedControl
              aria-labelledby={direction}
              transitionDuration={0}
              data={["up", "down"]}
              value={fields.vote_direction}
              onChange={(value) => change({ vote_direction: value })}
            />
            <Text size="xs" c="var(--mantine-color-error)" role="alert">
              {problem("vote_direction")}
            </Text>
          </div>
        )}
        {children}
        {elsewhere && <Problem error={answer.error} />}
        {isClosed && <Closed />}
        <Group gap="sm">
          <Button type="submit" loading={answer.isPending} disabled={isClosed}>
            Approve with these changes
          </Button>
          <Button variant="default" onClick={onCancel} disabled={answer.isPending}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
