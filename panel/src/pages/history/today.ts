/** Return the day of an instant in the viewer's zone, in the format of date fields (YYYY-MM-DD). */
export function today(now: Date): string {
  const [month, day] = [now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${now.getFullYear()}-${month}-${day}`;
}
