/** The state of HEARTBEAT.md, the workspace's instructions. */
import { useQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { ProblemError } from "./problem";
import { keys } from "./queries";

/** Whether there is a HEARTBEAT.md, and whether it asks for anything. */
export function useInstructionsState() {
  return useQuery({
    queryKey: [...keys.instructions, "state"],
    queryFn: async ({ signal }): Promise<"missing" | "empty" | "written"> => {
      try {
        const { content } = await call(client.GET("/api/heartbeat/heartbeat.md", { signal }));
        const read = await call(client.POST("/api/heartbeat/heartbeat.md/check", { body: { content }, signal }));
        return read.empty ? "empty" : "written";
      } catch (error) {
        if (error instanceof ProblemError && error.status === 404) return "missing";
        throw error;
      }
    },
    // The file may be edited outside the panel, which sends no event.
    staleTime: 0,
  });
}
