import { Page } from "../../ui/Page";

export function ForumPage() {
  return <Page title="Forum">{null}</Page>;
}
