import { readFileSync } from 'node:fs';
import type { Device } from '../../runtime/devices.js';
import type { Decay } from './decay.js';

/** How the recurrence of a member is written into the graph of a sequence. */
export type SequenceForm =
  /** The operator of onnxruntime. */
  | { readonly kind: 'native' }
  /** A graph of chunks of `chunk` steps, which can be differentiated. */
  | { readonly kind: 'chunked'; readonly chunk?: number }
  /** The form that was measured to be the fastest on this device at the length of the graph. */
  | { readonly kind: 'auto'; readonly device: Device };

/** Kinds of decay that differ in cost; no decay costs as much as a constant one. */
export type DecayKind = 'constant' | 'scalar' | 'vector';

/** Milliseconds per run for each form, `native` or `chunked-<steps per chunk>`. */
export type FormTimes = Readonly<Record<string, number>>;

export type ChosenForm = Exclude<SequenceForm, { kind: 'auto' }>;

/** Times by device, kind of decay and length; the lengths are in ascending order. */
export type FormTable = Readonly<Record<string, Readonly<Record<DecayKind, Readonly<Record<string, FormTimes>>>>>>;

/** Measured and written by `node dist/bench/mixer-forms.js --device <device> --write`. */
export const FORM_TABLE_FILE = new URL('./form-table.json', import.meta.url);

let table: FormTable | undefined;

export function readFormTable(): FormTable {
  table ??= JSON.parse(readFileSync(FORM_TABLE_FILE, 'utf8')) as FormTable;
  return table;
}

/**
 * Returns the form that is expected to be the fastest on `device` at `length`. Between two measured lengths, times are
 * interpolated linearly in logarithms. A device without measurements gets the operator, which every device has.
 */
export function fastestForm(
  device: Device,
  decay: Decay['kind'],
  length: number,
  measured: FormTable = readFormTable(),
): ChosenForm {
  const rows = Object.entries(measured[device]?.[decay === 'none' ? 'constant' : decay] ?? {});
  return formNamed(fastestOf(timesAt(rows, length)) ?? 'native');
}

/** Returns the form with the least time. */
export function fastestOf(times: FormTimes): string | undefined {
  return Object.entries(times).toSorted(([, a], [, b]) => a - b)[0]?.[0];
}

function timesAt(rows: readonly (readonly [string, FormTimes])[], length: number): FormTimes {
  const forms = new Set(rows.flatMap(([, times]) => Object.keys(times)));
  return Object.fromEntries(
    [...forms].map((form) => {
      const measured = rows.flatMap(([at, { [form]: ms }]) => (ms === undefined ? [] : [{ at: Number(at), ms }]));
      const named = formNamed(form);
      return [form, timeAt(measured, named.kind === 'chunked' ? (named.chunk ?? 1) : 1, length)];
    }),
  );
}

/**
 * Interpolates between measured lengths that, like `length`, fill their last chunk or do not, if there are any. Padding the
 * last chunk takes kernels of its own, which at a few hundred steps are a third of the time.
 */
function timeAt(
  measured: readonly { readonly at: number; readonly ms: number }[],
  chunk: number,
  length: number,
): number {
  const alike = measured.filter(({ at }) => (at % chunk === 0) === (length % chunk === 0));
  const known = alike.length === 0 ? measured : alike;
  const next = known.findIndex(({ at }) => at >= length);
  const [upper, lower] = [known.at(next), known[next - 1]];
  if (upper === undefined) return Number.POSITIVE_INFINITY;
  if (next < 1 || lower === undefined) return upper.ms;
  const share = Math.log(length / lower.at) / Math.log(upper.at / lower.at);
  return lower.ms * (upper.ms / lower.ms) ** share;
}

/** Parses the name of a form, `native` or for example `chunked-64`. */
export function formNamed(name: string): ChosenForm {
  const chunk = /^chunked-(\d+)$/.exec(name)?.[1];
  return chunk === undefined ? { kind: 'native' } : { kind: 'chunked', chunk: Number(chunk) };
}
