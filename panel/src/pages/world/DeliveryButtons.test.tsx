import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { show } from "../../testing/render";
import { delivery } from "../../testing/samples";
import { DeliveryButtons } from "./DeliveryButtons";

const asked: [string, string][] = [];
let answer = () => Response.json(delivery(3));

beforeEach(() => {
  asked.length = 0;
  answer = () => Response.json(delivery(3));
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push([new URL(request.url).pathname, await request.text()]);
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

test("who knows that it arrived says so", async () => {
  show(<DeliveryButtons delivery={delivery(3, { status: "unknown", answers: ["retry", "settle"] })} />);
  fireEvent.click(screen.getByRole("button", { name: "It arrived (delivery 3)" }));
  await waitFor(() => expect(asked).toEqual([["/api/deliveries/3/settle", '{"arrived":true}']]));
});

test("what the service refuses is told", async () => {
  answer = () => Response.json({ detail: "delivery 3 has arrived; it is not sent twice" }, { status: 409 });
  show(<DeliveryButtons delivery={delivery(3)} />);
  fireEvent.click(screen.getByRole("button", { name: "Try now (delivery 3)" }));
  expect(await screen.findByText("delivery 3 has arrived; it is not sent twice")).toBeTruthy();
});

test("one that has arrived has no buttons", () => {
  show(<DeliveryButtons delivery={delivery(3, { status: "sent", answers: [] })} />);
  expect(screen.queryByRole("button")).toBeNull();
});
