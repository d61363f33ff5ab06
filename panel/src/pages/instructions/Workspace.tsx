/** The workspace's HEARTBEAT.md, which applies to every thread without its own text. */
import { useText } from "../../api/texts";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { InstructionsEditor } from "./InstructionsEditor";
import { STARTER } from "./starter";

export function Workspace() {
  const { data, error, refetch } = useText(null);
  if (data === undefined)
    return error ? <Problem error={error} again={() => void refetch()} /> : <Loading lines={8} />;
  return <InstructionsEditor thread={null} kept={data} start={STARTER} />;
}
