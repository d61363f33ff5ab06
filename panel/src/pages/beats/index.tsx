import { Page } from "../../ui/Page";

export function BeatPage() {
  return <Page title="Beat">{null}</Page>;
}
