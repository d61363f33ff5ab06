/** The page for unknown addresses. */
import { Text } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";

import { Empty } from "../ui/Empty";
import { LinkButton } from "../ui/links";
import { Page } from "../ui/Page";

export function NotFound() {
  return (
    <Page title="No such page">
      <Empty icon={IconMapQuestion} title="There is nothing at this address">
        <Text c="dimmed">What was here may have been removed, or the address has a slip in it.</Text>
        <LinkButton to="/">To the Overview</LinkButton>
      </Empty>
    </Page>
  );
}
