import { screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { show } from "../testing/render";
import { ConfirmButton } from "./ConfirmButton";

test("nothing is done before the second yes", async () => {
  const done = vi.fn();
  show(
    <ConfirmButton question="Remove demo?" consequence="Its history goes too." yes="Remove" onConfirm={done}>
      Remove…
    </ConfirmButton>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Remove…" }));
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(done).not.toHaveBeenCalled();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await userEvent.click(screen.getByRole("button", { name: "Remove…" }));
  await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
  expect(done).toHaveBeenCalledTimes(1);
});
