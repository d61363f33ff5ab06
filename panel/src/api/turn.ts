/** Fetches another page of a list that lives. */

const TRIES = 10;

interface Fetched<Data> {
  data: Data | undefined;
  isError: boolean;
}

/**
 * Fetches until the list has moved on: `place` tells where it stands, and is another number afterwards.
 *
 * An event makes a list stale at any moment. What is fetched then is given up, and so would be the page that somebody
 * has asked for; nor may that page keep the list from being fetched anew.
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
