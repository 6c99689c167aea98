import {
  fastestForm,
  type ChosenForm,
  type DecayKind,
  type FormTable,
  type FormTimes,
} from '../../models/mixers/recurrence/form-table.js';
import type { Device } from '../../models/runtime/devices.js';
import type { FormsAtLength } from './measure-forms.js';

export interface Choice extends FormsAtLength {
  readonly chosen: string;
  /**
   * Time of the chosen form relative to the faster of the operator and the chunked graph that the table would choose.
   */
  readonly ofTwo: number;
  /** Time of the chosen form relative to the fastest of all forms, including other chunk sizes. */
  readonly ofAll: number;
}

/** The choice of a table at each measured length, with its cost. */
export function chosenForms(
  device: Device,
  decay: DecayKind,
  measured: readonly FormsAtLength[],
  table: FormTable,
): readonly Choice[] {
  const chunkedOnly = mapped(table, device, decay, (times) => without(times, 'native'));
  return measured.map(({ length, forms }) => {
    const chosen = timed(forms, fastestForm(device, decay, length, table));
    const chunked = timed(forms, fastestForm(device, decay, length, chunkedOnly));
    const native = timed(forms, { kind: 'native' });
    const fastest = Math.min(...forms.map(({ runMs }) => runMs));
    const ofTwo = chosen.runMs / Math.min(native.runMs, chunked.runMs);
    return { length, forms, chosen: chosen.form, ofTwo, ofAll: chosen.runMs / fastest };
  });
}

/** Leave-one-out evaluation: what a table would choose at each of its lengths without the row for that length. */
export function leaveOneOut(device: Device, decay: DecayKind, table: FormTable): readonly Choice[] {
  return Object.entries(table[device]?.[decay] ?? {}).flatMap(([at, times]) => {
    const forms = Object.entries(times).map(([form, runMs]) => ({ form, runMs }) as FormsAtLength['forms'][number]);
    const others = mapped(table, device, decay, (row, length) => (length === at ? null : row));
    return chosenForms(device, decay, [{ length: Number(at), forms }], others);
  });
}

/** The measured time of a form. For a chunk longer than the sequence, the last (longest) measured chunk stands in. */
function timed(forms: FormsAtLength['forms'], form: ChosenForm): FormsAtLength['forms'][number] {
  const name = form.kind === 'native' ? 'native' : `chunked-${form.chunk ?? 0}`;
  const found = forms.find((one) => one.form === name) ?? forms.at(-1);
  if (found === undefined) throw new TypeError(`${name} was not measured`);
  return found;
}

function mapped(
  table: FormTable,
  device: Device,
  decay: DecayKind,
  change: (times: FormTimes, length: string) => FormTimes | null,
): FormTable {
  const decays = table[device] ?? { constant: {}, scalar: {}, vector: {} };
  const rows = Object.entries(decays[decay]).flatMap(([length, times]) => {
    const changed = change(times, length);
    return changed === null ? [] : [[length, changed] as const];
  });
  return { ...table, [device]: { ...decays, [decay]: Object.fromEntries(rows) } };
}

function without(times: FormTimes, form: string): FormTimes {
  return Object.fromEntries(Object.entries(times).filter(([name]) => name !== form));
}
