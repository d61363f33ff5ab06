/** Corrections whose line is gone or has changed, each to be dismissed where that can be done. */
import { Alert, Button, Group, List, Text } from "@mantine/core";
import { type MouseEvent, type RefObject, useRef } from "react";

import { useUncorrect } from "../../../api/plan";
import type { Plan } from "../../../api/types";
import { LinkText } from "../../../ui/links";
import { Problem } from "../../../ui/Problem";
import classes from "../Instructions.module.css";

interface Props {
  thread: string | null;
  plan: Plan;
  /** Null where nothing can be dismissed now. */
  etag: string | null;
  /** Gets the keyboard's focus when the last one is dismissed. */
  around: RefObject<HTMLElement | null>;
}

export function Dropped({ thread, plan: { dropped }, etag, around }: Props) {
  const dismiss = useUncorrect(thread);
  const place = useRef<HTMLDivElement>(null);

  /** The button goes with its correction, so the keyboard's focus goes to the next one. */
  function onDismiss(line: string, { currentTarget }: MouseEvent<HTMLButtonElement>): void {
    if (etag === null || dismiss.isPending) return;
    const others = [...(place.current?.querySelectorAll("button") ?? [])];
    const at = others.indexOf(currentTarget);
    (others[at + 1] ?? others[at - 1] ?? around.current)?.focus();
    dismiss.mutate({ line, etag });
  }

  if (dropped.length === 0 && !dismiss.error) return null;
  return (
    <div ref={place}>
      {dismiss.error && <Problem error={dismiss.error} title="It was not dismissed" />}
      {dropped.length > 0 && (
        <Alert variant="outline" color="yellow" title="Corrections that no longer hold">
          <List size="sm" spacing="xs">
            {dropped.map((each) => (
              <List.Item key={`${each.line_id} ${each.at}`}>
                <span className={classes.words}>
                  “{each.line_text}”. {each.message}
                </span>
                {each.can_take_back ? (
                  etag !== null && (
                    <Group mt={4}>
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`Dismiss the correction of: ${each.line_text}`}
                        onClick={(event) => onDismiss(each.line_id, event)}
                      >
                        Dismiss
                      </Button>
                    </Group>
                  )
                ) : (
                  <Elsewhere isFile={each.by === null} />
                )}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </div>
  );
}

function Elsewhere({ isFile }: { isFile: boolean }) {
  if (isFile) return <Text size="sm">Take it out of HEARTBEAT.plan.json.</Text>;
  return (
    <Text size="sm">
      It was made for the whole workspace: dismiss it{" "}
      <LinkText to="/instructions" search={{}} inherit>
        beside the workspace’s HEARTBEAT.md
      </LinkText>
      .
    </Text>
  );
}
