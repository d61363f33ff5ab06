/** The form of a new thread: its values, the call that creates the thread, and the problems of that call. */
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useDefaults } from "../../api/config";
import { useConnections } from "../../api/connections";
import { fieldProblem } from "../../api/problem";
import { withSources } from "../../api/sources";
import { useStatus } from "../../api/status";
import { useCreateThread } from "../../api/threads";
import { isLookedAt } from "../../ui/inbox";
import { wireHours } from "../config/edits";
import type { Hours } from "../config/fields";
import { offeredZone } from "../config/zones";
import { slugOf } from "./slug";

/** The fields that show their problem themselves. */
const FIELDS = ["id", "title", "every", "timezone", "sources", "active_hours", "active_hours.start", "active_hours.end"] as const;

interface Values {
  title: string;
  id: string;
  every: string;
  hours: Hours | null;
  /** Null while the user has not chosen one: the form then shows `offeredZone`. */
  zone: string | null;
  /** The private connections that it looks at; null while the user has not chosen any. */
  looks: string[] | null;
  rules: boolean;
}

export function useNewThread(id: string, isFirst: boolean) {
  const model = useStatus().data?.model;
  const defaults = useDefaults().data;
  const create = useCreateThread();
  const navigate = useNavigate();
  /** Whether the id was typed by the user; until then it is derived from the title. */
  const [named, setNamed] = useState(false);
  const initial: Values = { title: "", id, every: "30m", hours: null, zone: null, looks: null, rules: model?.reachable === false };
  const form = useForm<Values>({ initialValues: initial });
  const zone = form.values.zone ?? offeredZone(defaults);
  const offered = usePrivate();
  const chosen = form.values.looks ?? (isFirst ? offered : []);

  function changeTitle(title: string): void {
    form.setFieldValue("title", title);
    if (!named) form.setFieldValue("id", slugOf(title) || id);
  }

  function changeId(typed: string): void {
    setNamed(typed !== "");
    form.setFieldValue("id", typed);
  }

  function submit({ title, id: name, every, hours, rules }: Values): void {
    const config = {
      every: every.trim(),
      ...(zone.trim() !== defaults?.config.timezone && { timezone: zone.trim() }),
      ...(hours !== null && { active_hours: wireHours(hours) }),
      ...(chosen.length > 0 && { sources: withSources(defaults?.config.sources, chosen) }),
      ...(rules && { fallback: "rules" as const }),
    };
    // `mutate` drops its callbacks when the form unmounts, which the first run does as soon as a thread exists.
    create.mutateAsync({ title, id: name.trim(), config }).then(
      (made) => navigate({ to: "/threads/$threadId", params: { threadId: made.thread_id } }),
      () => undefined, // The form shows the error.
    );
  }

  const problemAt = (field: (typeof FIELDS)[number]) => fieldProblem(create.error, field);
  return {
    form,
    zone,
    looks: { offered, chosen, onChoose: (names: string[]) => form.setFieldValue("looks", names) },
    changeTitle,
    changeId,
    onSubmit: form.onSubmit(submit),
    problemAt,
    /** An error that belongs to none of the fields, or null. */
    otherProblem: FIELDS.some((field) => problemAt(field)) ? null : create.error,
    busy: create.isPending,
  };
}

/** Return the names of the private connections that can be looked at. */
function usePrivate(): string[] {
  const all = useConnections().data?.items ?? [];
  return all.filter((each) => each.private && isLookedAt(each)).map(({ name }) => name);
}
