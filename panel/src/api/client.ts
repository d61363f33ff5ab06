/** The client of the service's API, made from its OpenAPI document (`make types`). */
import createClient from "openapi-fetch";

import { loggedOut } from "./access";
import { problemOf, UnreachableError } from "./problem";
import { reach } from "./reach";
import type { paths } from "./schema";

export const client = createClient<paths>({
  baseUrl: globalThis.location.origin,
  // Looked up at each call, so that tests can put another in its place.
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * Returns the body of a call: `await call(client.GET("/api/threads"))`.
 *
 * Throws a `ProblemError` where the service refuses it, an `UnreachableError` where nothing answers. A 401 leads to
 * the login page.
 */
export async function call<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data } = await whole(asked);
  return data;
}

/** The same with the headers, for calls whose `ETag` counts. */
export async function whole<T>(asked: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await answered(asked);
  if (response.ok) return { data: data as T, response };
  if (response.status === 401) loggedOut();
  throw problemOf(response.status, error);
}

async function answered<T>(asked: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    const answer = await asked;
    reach.found();
    return answer;
  } catch (error) {
    // A call that was given up by the page says nothing about the service.
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reach.lost();
    throw new UnreachableError();
  }
}
