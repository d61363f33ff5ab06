/** Fetches another page of a list that events may invalidate at any time. */

const TRIES = 10;

interface Fetched<Data> {
  data: Data | undefined;
  isError: boolean;
}

/**
 * Fetch until the page has been added: `place` returns a number that changes when it has.
 *
 * When an event invalidates the list, a running fetch is cancelled, and the requested page is lost with it; so the
 * fetch is repeated. `cancelRefetch: false` keeps the request for a page from cancelling that refetch.
 */
export async function turn<Data>(
  fetch: (options: { cancelRefetch: false }) => Promise<Fetched<Data>>,
  place: (data: Data | undefined) => number,
  now: Data | undefined,
): Promise<Data | undefined> {
  const before = place(now);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { data, isError } = await fetch({ cancelRefetch: false });
    if (isError) return undefined;
    if (place(data) !== before) return data;
  }
  return undefined;
}
