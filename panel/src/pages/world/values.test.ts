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
  expect(changedValues({ ...fieldsOf(folder), glob: "" })).toEqual({ path: "notes", glob: null });
});
