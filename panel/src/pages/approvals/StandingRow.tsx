/** One standing approval. */
import { Text } from "@mantine/core";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import type { StandingApproval } from "../../api/types";
import { coveredText, endOfStanding, whereText } from "../../ui/answers";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import classes from "./Approvals.module.css";
import { RevokeButton } from "./RevokeButton";

export function StandingRow({ approval }: { approval: StandingApproval }) {
  const { id, thread_id, kind, target, beat_id, given_at, given_by, revoked_at } = approval;
  const anchor = `standing-${id}`;
  const row = useRef<HTMLLIElement>(null);
  const isLinked = useLocation({ select: ({ hash }) => hash === anchor });
  useEffect(() => {
    // The browser looks for the anchor before the list has come.
    if (isLinked) row.current?.scrollIntoView({ block: "center" });
  }, [isLinked]);
  const covered = coveredText(kind, target);
  return (
    <li ref={row} id={anchor} className={classes.row} data-linked={isLinked || undefined} aria-label={`Standing approval ${id}`}>
      <div className={classes.what}>
        <Text size="sm">
          <Text span inherit fw={600}>
            {covered}
          </Text>{" "}
          from{" "}
          <LinkText inherit to="/threads/$threadId" params={{ threadId: thread_id }}>
            {thread_id}
          </LinkText>
        </Text>
        <Text size="sm" c="dimmed">
          Number {id}, since <Instant at={given_at} />, given by a person {whereText(given_by)} with{" "}
          <LinkText inherit to="/beats/$beatId" params={{ beatId: String(beat_id) }}>
            beat {beat_id}
          </LinkText>
        </Text>
        {revoked_at !== null && <Ended approval={approval} at={revoked_at} />}
      </div>
      {revoked_at === null && <RevokeButton approval={approval} />}
    </li>
  );
}

function Ended({ approval: { revoked_by, reason }, at }: { approval: StandingApproval; at: string }) {
  const why = endOfStanding(reason);
  return (
    <Text size="sm">
      {why === null ? `Revoked by a person ${whereText(revoked_by) ?? ""}` : `Ended, because ${why}`}, <Instant at={at} />
    </Text>
  );
}
