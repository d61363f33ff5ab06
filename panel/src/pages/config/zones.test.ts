import { expect, test } from "vitest";

import { fittingZones, knownZones, offeredZone, ownZone } from "./zones";

test("one's own zone stands first, and each zone once", () => {
  const zones = knownZones();
  expect(zones[0]).toBe(ownZone());
  expect(new Set(zones).size).toBe(zones.length);
});

test.each([
  ["berl", ["Europe/Berlin"]],
  ["new york", ["America/New_York"]],
  ["nowhere", []],
  ["UTC", ["UTC", "Europe/Berlin", "America/New_York"]],
])("zones for %s", (text, found) => {
  expect(fittingZones(["UTC", "Europe/Berlin", "America/New_York"], text)).toEqual(found);
});

test("a workspace that has set its zone is followed, and no other", () => {
  expect(offeredZone({ overrides: { timezone: "Asia/Tokyo" } })).toBe("Asia/Tokyo");
  expect(offeredZone({ overrides: {} })).toBe(ownZone());
  expect(offeredZone(undefined)).toBe(ownZone());
});
