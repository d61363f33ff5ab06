/** The standing approvals: what is done without asking, each with a button to revoke it. */
import { Box, Checkbox, Code, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { useStandingApprovals } from "../../api/standing";
import { turn } from "../../api/turn";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import classes from "./Approvals.module.css";
import { StandingRow } from "./StandingRow";

const route = getRouteApi("/shell/approvals");

export function StandingApprovals() {
  const { revoked = false } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useStandingApprovals(revoked);
  const found = list.data?.pages.flatMap((page) => page.items);
  return (
    <Section
      title="Standing approvals"
      actions={
        <Checkbox
          size="sm"
          label="Show revoked ones"
          checked={revoked}
          onChange={(event) => void navigate({ search: event.currentTarget.checked ? { revoked: true } : {}, replace: true })}
        />
      }
    >
      <Text size="sm" c="dimmed" mb="sm" maw={720}>
        What they name is done without asking you. To give one, tick “Always allow …” when you approve an action, or use{" "}
        <Code>heartbeat approve BEAT --always</Code>.
      </Text>
      {list.error && <Problem error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading lines={2} height={44} />}
      {found && (
        <Box aria-busy={list.isPlaceholderData} style={{ opacity: list.isPlaceholderData ? 0.6 : 1 }}>
          {found.length === 0 ? (
            <Text size="sm">{revoked ? "None was ever given." : "None stands now."}</Text>
          ) : (
            <ul className={classes.rows} aria-label="Standing approvals">
              {found.map((each) => (
                <StandingRow key={each.id} approval={each} />
              ))}
            </ul>
          )}
          <More
            shown={list.hasNextPage}
            onMore={() => turn(list.fetchNextPage, (data) => data?.pages.length ?? 0, list.data)}
          >
            Older ones
          </More>
        </Box>
      )}
    </Section>
  );
}
