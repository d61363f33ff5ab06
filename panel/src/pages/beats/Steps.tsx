/** The steps of a beat as a list: the content of the graph in full, also for screen readers. */
import { List, Text } from "@mantine/core";

import { Instant } from "../../ui/Instant";
import { asWritten } from "../../ui/asWritten";
import classes from "./Beat.module.css";
import type { Path } from "./nodePath";
import { nameOf, STATES } from "./states";

export function Steps({ path }: { path: Path }) {
  return (
    <>
      <List type="ordered" spacing={4} size="sm" className={classes.steps}>
        {path.steps.map((step) => {
          const { word } = STATES[step.state];
          const reached = step.state !== "not_reached" && step.state !== "unknown";
          return (
            <List.Item key={step.node} data-state={step.state}>
              <Text span size="sm" fw={reached ? 600 : 400}>
                {nameOf(step.node)}
              </Text>
              <Text span size="sm" c="dimmed">
                {" "}
                {step.times > 1 ? `${word}, ${step.times} times` : word}
                {step.at !== null && (
                  <>
                    {" "}
                    <Instant at={step.at} />
                  </>
                )}
              </Text>
              {step.found !== null && (
                <Text span size="sm" className={classes.words}>
                  : {asWritten(step.found)}
                </Text>
              )}
            </List.Item>
          );
        })}
      </List>
      {path.note !== null && (
        <Text size="xs" c="dimmed" mt="xs">
          {path.note}
        </Text>
      )}
    </>
  );
}
