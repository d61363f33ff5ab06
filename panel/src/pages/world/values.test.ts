import { expect, test } from "vitest";

import { connection } from "../../testing/samples";
import { changedValues, EMPTY, fieldsOf, newValues } from "./values";

test("what is left empty has its default", () => {
  expect(newValues({ ...EMPTY, url: " ntfys://ntfy.sh/tea " })).toEqual({ url: "ntfys://ntfy.sh/tea", reach: "owner" });
  expect(newValues({ ...EMPTY, kind: "folder", path: "notes" })).toEqual({ path: "notes" });
});

test("an address that is not given anew is kept, and who sees it never changes", () => {
  const fields = fieldsOf(connection("phone", { values: { reach: "owner", repeat: false } }));
  expect(fields).toMatchObject({ url: "", repeat: "no" });
  expect(changedValues(fields)).toEqual({ repeat: false });
  expect(changedValues({ ...fields, url: "ntfys://ntfy.sh/milk", repeat: "default" })).toEqual({
    url: "ntfys://ntfy.sh/milk",
    repeat: null,
  });
});

test("an emptied key returns to its default", () => {
  const folder = connection("notes", { kind: "folder", values: { path: "notes", glob: "*.md" } });
  expect(changedValues({ ...fieldsOf(folder), glob: "" })).toEqual({ path: "notes", glob: null, every: null });
});

test("a document is at an address or in a file, and says how often it is looked at", () => {
  expect(newValues({ ...EMPTY, kind: "feed", url: "https://example.org/feed", path: "old", every: "10m" })).toEqual({
    url: "https://example.org/feed",
    every: "10m",
    private: false,
  });
  const inFile = { ...EMPTY, kind: "calendar", place: "file", path: "days.ics", since: "7d", days: "14" } as const;
  expect(newValues(inFile)).toEqual({ path: "days.ics", since: "7d", days: 14 });
  expect(newValues({ ...inFile, days: "many" })).toMatchObject({ days: "many" });
});

test("the address of a calendar is kept until another one, or a file, takes its place", () => {
  const fields = fieldsOf(connection("days", { kind: "calendar", values: { path: null, every: 1800, days: 7 } }));
  expect(fields).toMatchObject({ kind: "calendar", place: "web", url: "", every: "30m", days: "7" });
  expect(changedValues(fields)).toEqual({ path: null, every: "30m", days: 7, timezone: null });
  expect(changedValues({ ...fields, url: "https://example.org/a.ics" })).toMatchObject({ url: "https://example.org/a.ics" });
  expect(changedValues({ ...fields, place: "file", path: "a.ics" })).toMatchObject({ url: null, path: "a.ics" });
});

test("the address of a feed is shown, and is sent as it is shown", () => {
  const fields = fieldsOf(connection("news", { kind: "feed", values: { url: "https://example.org/feed", private: true } }));
  expect(fields).toMatchObject({ place: "web", url: "https://example.org/feed", private: true });
  expect(changedValues({ ...fields, url: "" })).toMatchObject({ url: null });
});
