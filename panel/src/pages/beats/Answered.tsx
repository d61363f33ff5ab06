/** Who answered the action of a beat, where, when and why. */
import { Text } from "@mantine/core";

import type { Approval } from "../../api/types";
import { answerText } from "../../ui/answers";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { PlainText } from "../../ui/PlainText";

export function Answered({ approval }: { approval: Approval }) {
  const { by, at, reason, standing_id: standing } = approval;
  return (
    <div>
      <Text size="sm">
        {by === "standing" ? (
          <>
            Nobody was asked: <StandingLink id={standing} /> approved it
          </>
        ) : (
          `A person ${answerText(approval)}`
        )}{" "}
        <Instant at={at} none="" />.
        {by !== "standing" && standing !== null && (
          <>
            {" "}
            Since then <StandingLink id={standing} /> covers such actions.
          </>
        )}
      </Text>
      {reason !== null && <PlainText size="sm">{`Why: ${reason}`}</PlainText>}
    </div>
  );
}

/** A link to a standing approval, which may have been revoked since. */
function StandingLink({ id }: { id: number | null }) {
  if (id === null) return <>a standing approval</>;
  return (
    <LinkText inherit to="/approvals" search={{ revoked: true }} hash={`standing-${id}`}>
      standing approval {id}
    </LinkText>
  );
}
