import { Page } from "../../ui/Page";

export function HistoryPage() {
  return <Page title="History">{null}</Page>;
}
