/** The words of connections: what each kind is for, and what each of its keys asks. New kinds do without. */
import {
  IconActivityHeartbeat,
  IconBell,
  IconCalendarEvent,
  IconFolder,
  IconMail,
  IconPlugConnected,
  IconRss,
  IconWorldWww,
  type Icon,
} from "@tabler/icons-react";

import type { Key } from "../../api/types";
import { spanText } from "../config/spans";

interface KindWords {
  label: string;
  help: string;
  icon: Icon;
  /** The question about its guides: which service it is. */
  guides?: string;
  /** The name that is offered. */
  name?: string;
}

export interface KeyWords {
  label: string;
  help?: string;
  placeholder?: string;
  /** The values to choose from, in words. */
  options?: readonly Option[];
  /** Its name where one of several keys is chosen. */
  choice?: string;
}

export interface Option {
  value: string;
  label: string;
}

const KINDS: Readonly<Record<string, KindWords>> = {
  mail: { label: "A mailbox", help: "New mails, over IMAP. It only reads, and marks nothing as seen.", icon: IconMail, guides: "Your mail is with" },
  calendar: { label: "A calendar", help: "Your appointments, and what is about to begin.", icon: IconCalendarEvent, guides: "Your calendar is with" },
  folder: { label: "A folder", help: "Notes and lists in Markdown: changed files, boxes that are not ticked.", icon: IconFolder },
  feed: { label: "A feed", help: "News of a site, over RSS or Atom.", icon: IconRss, name: "news" },
  page: { label: "A web page", help: "What changes on it.", icon: IconWorldWww },
  check: { label: "A check", help: "Whether a site or a machine answers.", icon: IconActivityHeartbeat },
  apprise: { label: "Your phone, a chat or mail", help: "So that the agent can tell you something, or post in public.", icon: IconBell, guides: "It goes through", name: "phone" },
};

const ADDRESS_KEPT = "It is kept apart and never shown again.";
const WHERE = "Within the workspace, or a folder that HEARTBEAT_FOLDERS names.";
const SINCE: readonly Option[] = [
  { value: "now", label: "nothing old: only what is new from now on" },
  { value: "1d", label: "what came in the last day" },
  { value: "7d", label: "what came in the last week" },
  { value: "all", label: "everything" },
];

export const LAN = "It is on my own network, or on this machine";

/** By the key, for all kinds. */
const KEYS: Readonly<Record<string, KeyWords>> = {
  url: { label: "Address", choice: "at an address of the web" },
  path: { label: "Path", help: WHERE, choice: "in a file" },
  every: { label: "Look every", help: "Like 5m, 1h or 1d, from 1m to 7d." },
  since: { label: "The first look takes", help: "What is still open or due is always taken.", options: SINCE },
  private: { label: "Private: only threads that name it look at it" },
  timezone: { label: "Time zone", help: "Of what has none, like Europe/Berlin." },
  password: { label: "Password", help: ADDRESS_KEPT },
  token: { label: "Token", help: ADDRESS_KEPT },
  user: { label: "User name" },
  host: { label: "Server" },
  port: { label: "Port" },
  tls: { label: "Encrypted (TLS)" },
  lan: { label: LAN },
};

/** By the kind and the key, before those for all kinds. */
const OF_KIND: Readonly<Record<string, KeyWords>> = {
  "apprise.url": { label: "Address", help: `Like ntfys://ntfy.sh/topic. ${ADDRESS_KEPT}` },
  "apprise.reach": {
    label: "Who sees what goes there",
    help: "It never changes; a public one takes posts, the other what you are told.",
    options: [
      { value: "owner", label: "only you" },
      { value: "public", label: "others too: public" },
    ],
  },
  "apprise.repeat": {
    label: "If it is not known whether something arrived",
    options: [
      { value: "", label: "as is usual: send to you again, but post nothing twice" },
      { value: "true", label: "send it again: better twice than never" },
      { value: "false", label: "do not send it again: better never than twice" },
    ],
  },
  "calendar.url": { label: "Address", help: `Like https://example.org/me.ics. ${ADDRESS_KEPT}`, choice: "at an address of the web" },
  "calendar.days": { label: "Days ahead", help: "1 to 60." },
  "calendar.timezone": { label: "Time zone", help: "Of appointments without one, like Europe/Berlin.", placeholder: "as the calendar says" },
  "feed.url": { label: "Address", help: "Like https://example.org/feed.xml", choice: "at an address of the web" },
  "folder.glob": { label: "Files", help: "A pattern, such as lists/*.md" },
  "mail.host": { label: "Mail server", help: "The name of the IMAP server, like imap.example.org" },
  "mail.user": { label: "User name", help: "Most often your mail address." },
  "mail.password": { label: "Password", help: `An app password where your provider has them, not your own. ${ADDRESS_KEPT}` },
  "mail.mailbox": { label: "Folder of the mailbox" },
  "mail.from": { label: "Only mails from", help: "Addresses, separated by commas.", placeholder: "everybody" },
  "page.url": { label: "Address of the page", help: "Like https://example.org/timetable" },
  "check.http": { label: "Address", help: "Like https://example.org/health", choice: "a web address answers" },
  "check.tcp": { label: "Host and port", help: "Like db.example.org:5432", choice: "a port takes connections" },
  "check.expect": { label: "What it has to answer" },
};

/** Return the words of a kind; an unknown one of a newer service is shown under its own name. */
export function kindWords(kind: string): KindWords {
  return KINDS[kind] ?? { label: kind, help: "", icon: IconPlugConnected };
}

/** Return the kinds in the order of these words, others last. */
export function inOrder<K extends { kind: string }>(kinds: readonly K[]): K[] {
  const order = Object.keys(KINDS);
  const place = ({ kind }: K) => (kind in KINDS ? order.indexOf(kind) : order.length);
  return [...kinds].sort((one, other) => place(one) - place(other));
}

/** Return the words of a key; one without any is called by its name, and what it may be explains it. */
export function keyWords(kind: string, { key, allowed, choices }: Pick<Key, "key" | "allowed" | "choices">): KeyWords {
  const found = OF_KIND[`${kind}.${key}`] ?? KEYS[key];
  const options = choices.length > 0 ? { options: choices.map((each) => ({ value: each, label: each })) } : {};
  if (found === undefined) return { label: nameOf(key), help: allowed, ...options };
  return { ...options, ...found };
}

/** Return the default of a key as it is typed. */
export function defaultText({ type, default: value }: Pick<Key, "type" | "default">): string {
  if (typeof value === "number") return type === "span" ? spanText(value) : String(value);
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

/** Return a name for a new connection of a kind that no other has. */
export function freeName(kind: string, taken: readonly string[]): string {
  const wanted = kindWords(kind).name ?? kind;
  if (!taken.includes(wanted)) return wanted;
  let number = 2;
  while (taken.includes(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}

function nameOf(key: string): string {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
