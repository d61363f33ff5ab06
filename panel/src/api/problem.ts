/** What can go wrong with a call: the service refuses it in a sentence, or does not answer at all. */

/** The service answered, and refused; `message` is its own sentence, `field` the field it is about. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly status: number,
    detail: string,
    readonly field: string | null = null,
  ) {
    super(detail);
  }
}

/** Nothing answered. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";

  constructor() {
    super("The service cannot be reached.");
  }
}

/** Reads the problem document of an answer; also where a proxy answered in the service's place. */
export function problemOf(status: number, body: unknown): ProblemError {
  if (typeof body === "object" && body !== null && "detail" in body && typeof body.detail === "string") {
    const field = "field" in body && typeof body.field === "string" ? body.field : null;
    return new ProblemError(status, body.detail, field);
  }
  return new ProblemError(status, `The service answered with status ${status}.`);
}

/** The sentence about one field of a form, or null; a problem of `config.every` is one of `every`. */
export function fieldProblem(error: unknown, field: string): string | null {
  if (!(error instanceof ProblemError) || error.field === null) return null;
  return error.field === field || error.field === `config.${field}` ? error.message : null;
}

/** The sentence of an error for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
