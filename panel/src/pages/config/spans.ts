/** Converts durations between seconds and text such as 90s, 30m, 1h30m, 4h, 1d. */

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** Return whole seconds as the shortest text: 5400 is "1h30m"; 0 is "0". */
export function spanText(seconds: number): string {
  let rest = seconds;
  let text = "";
  for (const [unit, length] of UNITS) {
    const number = Math.floor(rest / length);
    if (number > 0) text += `${number}${unit}`;
    rest -= number * length;
  }
  return text === "" ? String(seconds) : text;
}

/** Return the seconds of such a text, or null if it is invalid; the service validates it again. */
export function spanOf(text: string): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const found = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(text);
  if (text === "" || found === null) return null;
  return UNITS.reduce((sum, [, length], place) => sum + Number(found[place + 1] ?? 0) * length, 0);
}
