export type ErrorKind = 'input' | 'transient' | 'resource' | 'bug';

export interface ErrorEntry {
  /** What went wrong. `{name}` stands for the detail of that name. */
  readonly message: string;
  /** `input`: never retry. `transient`: retry with backoff. `resource`: retry after easing. `bug`: stop and report. */
  readonly kind: ErrorKind;
  readonly httpStatus: number;
  /** What the user should do. */
  readonly advice: string;
}

/** An entry of the catalogue in error-catalogue.ts. */
export function entry(kind: ErrorKind, httpStatus: number, message: string, advice: string): ErrorEntry {
  return { kind, httpStatus, message, advice };
}
