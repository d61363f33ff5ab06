/** The page of the world: the ways to the outside, and what is on them. */
import { Page } from "../../ui/Page";
import { Connections } from "./Connections";
import { Deliveries } from "./Deliveries";

export function WorldPage() {
  return (
    <Page title="World">
      <Connections />
      <Deliveries />
    </Page>
  );
}
