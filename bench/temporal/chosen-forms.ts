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
  /** The chosen form's time over that of the faster of the operator and the chunked graph the table would take. */
  readonly ofTwo: number;
  /** The same over the fastest of all, the other sizes of chunks included. */
  readonly ofAll: number;
}

/** What a table chooses at each length that was measured, and what that costs. */
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

/** A table judged by itself: what it would choose at each of its lengths, had it not been measured there. */
export function leaveOneOut(device: Device, decay: DecayKind, table: FormTable): readonly Choice[] {
  return Object.entries(table[device]?.[decay] ?? {}).flatMap(([at, times]) => {
    const forms = Object.entries(times).map(([form, runMs]) => ({ form, runMs }) as FormsAtLength['forms'][number]);
    const others = mapped(table, device, decay, (row, length) => (length === at ? null : row));
    return chosenForms(device, decay, [{ length: Number(at), forms }], others);
  });
}

/** A chunk longer than the sequence was measured as the shortest such one. */
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
