/** The client of the service's API, made from its OpenAPI document (`make types`). */
import createClient from "openapi-fetch";

import { access, loggedOut } from "./access";
import { problemOf, UnreachableError } from "./problem";
import { reach } from "./reach";
import type { paths } from "./schema";

export const client = createClient<paths>({
  baseUrl: globalThis.location.origin,
  fetch: fetched,
});

const SESSION = "/api/session";

/** Make a call; one that is refused although others were answered waits for the login, and is made again. */
async function fetched(request: Request): Promise<Response> {
  const again = request.clone();
  // Looked up at each call, so that tests can replace `fetch`.
  const response = await globalThis.fetch(request);
  if (new URL(request.url).pathname === SESSION) return response;
  if (response.ok) access.granted();
  if (response.status !== 401 || !access.refused()) return response;
  await access.answered(request.signal);
  return fetched(again);
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * Return the body of a response: `await call(client.GET("/api/threads"))`.
 *
 * Throws a `ProblemError` if the service refuses the call, an `UnreachableError` if there is no response. A 401 opens
 * the login page, or a dialog over a page that was answered before.
 */
export async function call<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data } = await whole(asked);
  return data;
}

/** Return the body and the response, for callers that need its headers. */
export async function whole<T>(asked: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await answered(asked);
  if (response.ok) return { data: data as T, response };
  if (response.status === 401 && access.get() !== "asked") loggedOut();
  throw problemOf(response.status, error);
}

async function answered<T>(asked: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    const answer = await asked;
    reach.found();
    return answer;
  } catch (error) {
    // The page cancelled the call itself, so this does not mean that the service is unreachable.
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reach.lost();
    throw new UnreachableError();
  }
}
