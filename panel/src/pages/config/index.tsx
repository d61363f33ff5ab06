/** The page of the workspace's defaults, which apply to every field that a thread does not set. */
import { Text } from "@mantine/core";

import { useDefaults } from "../../api/config";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { ConfigForm } from "./ConfigForm";
import { builtIn, originsOf } from "./origins";

export function DefaultsPage() {
  const defaults = useDefaults();
  const { data } = defaults;
  return (
    <Page title="Defaults">
      <Text size="sm" c="dimmed">
        What holds for every thread that sets nothing of its own. A change here reaches all of them at once.
      </Text>
      {defaults.error && !data && <Problem error={defaults.error} again={() => void defaults.refetch()} />}
      {!data && !defaults.error && <Loading lines={8} height={48} />}
      {data && (
        <ConfigForm
          scope={null}
          fields={data.fields}
          saved={data.config}
          inherited={builtIn(data.fields)}
          origins={originsOf(data)}
          problem={data.config_problem}
          stopped="An example: each thread has minutes of its own, so that they do not all beat at once."
        />
      )}
    </Page>
  );
}
