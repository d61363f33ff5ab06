import { expect, test } from "vitest";

import { ProblemError } from "../../api/problem";
import { apprise, calendar, feed, mail } from "../../testing/kinds";
import { changedValues, type Fields, fieldsOf, isDemanded, isHopeless, newValues, problemAt, shownKeys } from "./form";

const names = (keys: readonly { key: string }[]) => keys.map(({ key }) => key);
const typing = (fields: Fields, typed: Record<string, string>): Fields => ({ ...fields, typed: { ...fields.typed, ...typed } });

test("what is demanded is asked first, and what only the file may say is not asked", () => {
  expect(names(shownKeys(mail, fieldsOf(mail), false).asked)).toEqual(["host", "user", "password"]);
  const shown = shownKeys(calendar, fieldsOf(calendar), false);
  expect(names(shown.asked)).toEqual(["url"]);
  expect(names(shown.more)).toEqual(["every", "since", "days"]);
  expect(names(shownKeys(calendar, { chosen: "path", typed: {} }, false).asked)).toEqual(["path"]);
});

test("of one that is there, what never changes is not asked, and its secret is not demanded", () => {
  const fields = fieldsOf(apprise, { reach: "owner", repeat: false });
  expect(names(shownKeys(apprise, fields, true).asked)).toEqual(["url"]);
  expect(apprise.keys[0] && isDemanded(apprise.keys[0], fields, true)).toBe(false);
  expect(fields.typed).toEqual({ reach: "owner", repeat: "false" });
});

test("what is left empty has its default, and values have the types of their keys", () => {
  const fields = typing(fieldsOf(mail), { host: " imap.example.org ", user: "me", password: "x", port: "1993", from: "a@b.c, d@e.f", tls: "false", every: "" });
  expect(newValues(mail, fields)).toEqual({
    host: "imap.example.org",
    user: "me",
    password: "x",
    port: 1993,
    from: ["a@b.c", "d@e.f"],
    tls: false,
  });
  expect(newValues(mail, typing(fields, { port: "many" }))).toMatchObject({ port: "many" });
});

test("a secret that is not given anew is kept, and an emptied key returns to its default", () => {
  const fields = fieldsOf(calendar, { path: null, every: 1800, days: 14, private: true });
  expect(fields).toMatchObject({ chosen: "url", typed: { every: "30m", days: "14" } });
  expect(changedValues(calendar, fields)).toEqual({ path: null, every: "30m", days: 14 });
  expect(changedValues(calendar, typing(fields, { days: "" }))).toMatchObject({ days: null });
  expect(changedValues(calendar, typing(fields, { url: "https://example.org/a.ics" }))).toMatchObject({ url: "https://example.org/a.ics" });
  expect(changedValues(calendar, typing({ ...fields, chosen: "path" }, { path: "a.ics" }))).toMatchObject({ url: null, path: "a.ics" });
});

test("an address that is no secret is shown, and can be emptied", () => {
  const fields = fieldsOf(feed, { url: "https://example.org/feed", path: null, private: true });
  expect(fields).toMatchObject({ chosen: "url", typed: { url: "https://example.org/feed", private: "true" } });
  expect(changedValues(feed, typing(fields, { url: "" }))).toMatchObject({ url: null });
});

test("what is wrong stands at its field, also what a test found and what is said of the other choice", () => {
  const fields = fieldsOf(calendar);
  const refused = new ProblemError(422, "url: give either url or path.", "url");
  expect(problemAt("path", refused, undefined, calendar, { ...fields, chosen: "path" })).toBe(refused.message);
  expect(problemAt("days", refused, undefined, calendar, fields)).toBeNull();
  const trial = { ok: false, said: "The password is refused.", field: "password" };
  expect(problemAt("password", null, trial, mail, fieldsOf(mail))).toBe(trial.said);
  expect(problemAt("password", null, { ...trial, ok: true }, mail, fieldsOf(mail))).toBeNull();
});

test("a refusal that only connections.toml can change is hopeless here; one with a box names the box", () => {
  const lan = { ok: false, said: "nas leads to 10.0.0.1 in a private network; lan = true in connections.toml allows that.", field: "lan" };
  expect(isHopeless(lan, calendar)).toBe(true);
  expect(isHopeless({ ...lan, field: "url" }, calendar)).toBe(false);
  expect(isHopeless({ ...lan, ok: true }, calendar)).toBe(false);
  expect(isHopeless(lan, mail)).toBe(false);
  const said = "nas leads to 10.0.0.1 in a private network; lan = true allows that.";
  expect(problemAt("lan", null, { ...lan, said }, mail, fieldsOf(mail))).toBe(
    "nas leads to 10.0.0.1 in a private network; tick “It is on my own network, or on this machine” to allow that.",
  );
});
