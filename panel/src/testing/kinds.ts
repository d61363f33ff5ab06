/** Kinds of connections as the API describes them, for tests. */
import type { Key, Kind } from "../api/types";

export function key(name: string, more: Partial<Key> = {}): Key {
  return {
    key: name,
    type: "text",
    allowed: `what ${name} may be`,
    required: false,
    secret: false,
    fixed: false,
    only_in_file: false,
    choices: [],
    default: null,
    ...more,
  };
}

export function kind(name: string, keys: Key[], more: Partial<Omit<Kind, "kind">> = {}): Kind {
  return { kind: name as Kind["kind"], private: false, looked_at: true, missing: null, keys, one_of: [], guides: [], ...more };
}

const look = [key("every", { type: "span", default: 1800 }), key("since", { default: "now" })];

export const calendar = kind(
  "calendar",
  [
    key("url", { secret: true }),
    key("path"),
    key("lan", { type: "boolean", default: false, only_in_file: true }),
    ...look,
    key("private", { type: "boolean", default: true, only_in_file: true }),
    key("days", { type: "number", default: 7 }),
  ],
  { private: true, one_of: ["url", "path"] },
);

export const feed = kind("feed", [key("url"), key("path"), ...look, key("private", { type: "boolean", default: false })], {
  one_of: ["url", "path"],
});

export const apprise = kind(
  "apprise",
  [
    key("url", { required: true, secret: true }),
    key("reach", { type: "choice", fixed: true, choices: ["owner", "public"], default: "owner" }),
    key("repeat", { type: "boolean" }),
  ],
  { looked_at: false },
);

export const mail = kind(
  "mail",
  [
    key("host", { required: true }),
    key("user", { required: true }),
    key("password", { required: true, secret: true }),
    key("port", { type: "number", default: 993 }),
    key("from", { type: "list", default: [] }),
    key("tls", { type: "boolean", default: true }),
    ...look,
  ],
  {
    private: true,
    guides: [{ service: "Gmail", said: "Make an app password.", url: "https://example.org/passwords", values: { host: "imap.gmail.com" } }],
  },
);
