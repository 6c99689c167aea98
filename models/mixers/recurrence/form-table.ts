import { readFileSync } from 'node:fs';
import type { Device } from '../../runtime/devices.js';
import type { Decay } from './decay.js';
import type { SequenceForm } from './sequence-form.js';

/** Decays that cost alike: none is a constant of one. */
export type DecayKind = 'constant' | 'scalar' | 'vector';

/** Which form was the fastest at each length measured, `native` or `chunked-<steps a chunk>`. */
export type FormTable = Readonly<Record<string, Readonly<Record<DecayKind, Readonly<Record<string, string>>>>>>;

/** Measured by `node dist/bench/mixer-forms.js --device <device>`, which writes it anew. */
export const FORM_TABLE_FILE = new URL('./form-table.json', import.meta.url);

let table: FormTable | undefined;

export function readFormTable(): FormTable {
  table ??= JSON.parse(readFileSync(FORM_TABLE_FILE, 'utf8')) as FormTable;
  return table;
}

/**
 * The form measured to be the fastest on `device` at the length nearest to `length` (in ratio). A device that nobody
 * measured gets the operator, which every device has.
 */
export function fastestForm(
  device: Device,
  decay: Decay['kind'],
  length: number,
  measured: FormTable = readFormTable(),
): Exclude<SequenceForm, { kind: 'auto' }> {
  const rows = Object.entries(measured[device]?.[decay === 'none' ? 'constant' : decay] ?? {});
  const distance = (at: string): number => Math.abs(Math.log(Number(at) / length));
  const [nearest] = rows.toSorted(([a], [b]) => distance(a) - distance(b));
  return formNamed(nearest?.[1] ?? 'native');
}

/** `native` or `chunked-64`. */
export function formNamed(name: string): Exclude<SequenceForm, { kind: 'auto' }> {
  const chunk = /^chunked-(\d+)$/.exec(name)?.[1];
  return chunk === undefined ? { kind: 'native' } : { kind: 'chunked', chunk: Number(chunk) };
}
