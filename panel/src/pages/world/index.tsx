/** The page of the world: the ways to the outside, what they brought, and what is on them. */
import { Page } from "../../ui/Page";
import { Connections } from "./Connections";
import { Deliveries } from "./Deliveries";
import { Inbox } from "./Inbox";

export function WorldPage() {
  return (
    <Page title="World">
      <Connections />
      <Inbox />
      <Deliveries />
    </Page>
  );
}
