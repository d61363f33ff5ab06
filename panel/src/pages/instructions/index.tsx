import { Page } from "../../ui/Page";

export function InstructionsPage() {
  return <Page title="HEARTBEAT.md">{null}</Page>;
}
