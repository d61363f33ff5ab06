/** The words of a plan, as people read them. */
import type { PlanAbout, PlanCounts, PlanLimit, PlanRole, PlanWhenKind } from "../../../api/types";

export const DO: Readonly<Record<string, string>> = {
  tell: "tell me",
  post: "write a post",
  comment: "comment",
  vote_up: "vote up",
  vote_down: "vote down",
  note: "write a note into a file",
  silent: "stay silent",
  other: "something that nothing here can do",
};

export const WHEN: Record<PlanWhenKind, string> = {
  new: "when a number of things are new",
  item: "for each new thing that a question fits",
  addressed: "when somebody speaks to the agent",
  due: "before something is due",
  task: "when a task is due",
  always: "at a time, or so many times a day",
};

export const COUNTS: Record<PlanCounts, string> = {
  posts: "posts",
  comments: "comments",
  both: "posts and comments",
};

export const ABOUT: Record<PlanAbout, string> = {
  forum: "the forum",
  conversation: "the conversation",
  mail: "mail",
  calendar: "the calendar",
  files: "files",
  feeds: "feeds",
  pages: "web pages",
  checks: "checks",
  github: "GitHub",
  other: "something else",
};

export const LIMIT: Record<PlanLimit, string> = {
  once: "once",
  "once a day": "once a day",
  "once a week": "once a week",
  "once a month": "once a month",
  "once an item": "once for each thing",
};

export const ROLE: Record<PlanRole, string> = {
  forbids: "Forbids something, whatever is written",
  style: "Says how to write",
  about: "Says who or what somebody or something is",
  look: "Only tells to look",
};

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** Return the choices of a control in the order of a map of words. */
export function choices(words: Readonly<Record<string, string>>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}
