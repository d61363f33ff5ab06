/** The text of the tile about the models that threads use; the worst state comes first. */
import type { Status } from "../../api/types";

type Models = Status["models"];

const VALUES = { ready: "Reachable", missing: "Not pulled", unreachable: "Not reachable" } as const;
const WORST = ["unreachable", "missing"] as const;

export function modelsOf(models: Models): { well: boolean; value: string; said: string } {
  for (const state of WORST) {
    const bad = models.filter((model) => model.state === state);
    const first = bad[0];
    if (first) {
      const count = models.length > 1 ? ` (${bad.length} of ${models.length})` : "";
      return { well: false, value: `${VALUES[state]}${count}`, said: first.remedy ?? first.name };
    }
  }
  return { well: true, value: VALUES.ready, said: models.map((model) => model.name).join(", ") };
}
