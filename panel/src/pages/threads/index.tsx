import { Page } from "../../ui/Page";

export function ThreadPage() {
  return <Page title="Thread">{null}</Page>;
}
