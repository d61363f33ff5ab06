/** The errors of a call: the service refuses it with a message, or does not respond. */

/** The service refused the call; `message` is the service's message, `field` the field that it concerns. */
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

/** There was no response. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";

  constructor() {
    super("The service cannot be reached.");
  }
}

/** Return the error of a response: from its problem document, or from the status if a proxy responded. */
export function problemOf(status: number, body: unknown): ProblemError {
  if (typeof body === "object" && body !== null && "detail" in body && typeof body.detail === "string") {
    const field = "field" in body && typeof body.field === "string" ? body.field : null;
    return new ProblemError(status, body.detail, field);
  }
  return new ProblemError(status, `The service answered with status ${status}.`);
}

/** Return the message about one field of a form, or null; a problem of `config.every` belongs to `every`. */
export function fieldProblem(error: unknown, field: string): string | null {
  if (!(error instanceof ProblemError) || error.field === null) return null;
  return error.field === field || error.field === `config.${field}` ? error.message : null;
}

/** Return the message of an error. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
