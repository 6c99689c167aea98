/** The data inside `index.html`. client/index.js reads it and is type-checked against this file. */
export interface IndexData {
  readonly labels: readonly string[];
  readonly entries: readonly IndexEntry[];
}

export interface IndexEntry {
  readonly name: string;
  /** The folder of the input, relative to the common folder of all inputs. */
  readonly folder: string;
  readonly status: 'done' | 'failed' | 'skipped';
  readonly durationSec: number | null;
  /** Relative URLs. */
  readonly report: string | null;
  readonly thumbnail: string | null;
  readonly labels: readonly LabelCount[];
  /** One digit per column of time, the sum of 1 (something is heard), 2 (seen) and 4 (both at once). */
  readonly strip: string;
  /** Codes of its warnings. */
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string; readonly advice: string } | null;
}

/** [index into labels, events heard, seen, both at once, start of the first in seconds] */
export type LabelCount = readonly [number, number, number, number, number];
