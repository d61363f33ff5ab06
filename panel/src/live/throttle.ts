/** Does one thing per name, at most once in a while: at once if it was quiet, else once when the while is over. */
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
