import { readFileSync } from 'node:fs';
import type { Device } from '../../runtime/devices.js';
import type { Decay } from './decay.js';

/** How a causal member is written as a sequence. */
export type SequenceForm =
  | { readonly kind: 'native' }
  /** `chunk`: steps a chunk, a default otherwise. Differentiable. */
  | { readonly kind: 'chunked'; readonly chunk?: number }
  /** Whichever was measured to be the fastest there at this length.  */
  | { readonly kind: 'auto'; readonly device: Device };

/** Decays that cost alike: none is a constant of one. */
export type DecayKind = 'constant' | 'scalar' | 'vector';

/** Milliseconds a run of each form, `native` or `chunked-<steps a chunk>`. */
export type FormTimes = Readonly<Record<string, number>>;

export type ChosenForm = Exclude<SequenceForm, { kind: 'auto' }>;

/** By device, decay and length, from shortest to longest. */
export type FormTable = Readonly<Record<string, Readonly<Record<DecayKind, Readonly<Record<string, FormTimes>>>>>>;

/** Measured by `node dist/bench/mixer-forms.js --device <device>`, which writes it anew. */
export const FORM_TABLE_FILE = new URL('./form-table.json', import.meta.url);

let table: FormTable | undefined;

export function readFormTable(): FormTable {
  table ??= JSON.parse(readFileSync(FORM_TABLE_FILE, 'utf8')) as FormTable;
  return table;
}

/**
 * The form expected to be the fastest on `device` at `length`: between two lengths that were measured, times are read off
 * a straight line in logarithms. A device that nobody measured gets the operator, which every device has.
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

/** Of measured or expected times, the form with the least. */
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
 * Read off the lengths that fill chunks as `length` does, where there are such: to pad the last chunk takes kernels of its
 * own, which at a few hundred steps are a third of the time.
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

/** `native` or `chunked-64`. */
export function formNamed(name: string): ChosenForm {
  const chunk = /^chunked-(\d+)$/.exec(name)?.[1];
  return chunk === undefined ? { kind: 'native' } : { kind: 'chunked', chunk: Number(chunk) };
}
