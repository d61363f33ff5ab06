/** Limits calls per name to one in a period: the first runs at once, later ones once at the end of the period. */
export class Throttle {
  readonly #waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; due: boolean }>();

  run(name: string, milliseconds: number, work: () => void): void {
    const waiting = this.#waiting.get(name);
    if (waiting) {
      waiting.due = true;
      return;
    }
    work();
    const entry = {
      due: false,
      timer: setTimeout(() => {
        this.#waiting.delete(name);
        if (entry.due) this.run(name, milliseconds, work);
      }, milliseconds),
    };
    this.#waiting.set(name, entry);
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
