/** Until when an item can be snoozed. */

const HOUR = 3_600_000;
const MORNING = 8;
const MONDAY = 1;

export interface Snooze {
  label: string;
  until: Date;
}

/** Return the choices at an instant; days begin in the viewer's zone, also where the clock changes in between. */
export function snoozes(now: Date): Snooze[] {
  return [
    { label: "1 hour", until: new Date(now.getTime() + HOUR) },
    { label: "Tomorrow, 08:00", until: morning(now, 1) },
    { label: "Next week, Monday 08:00", until: morning(now, (MONDAY - now.getDay() + 7) % 7 || 7) },
  ];
}

function morning(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}
