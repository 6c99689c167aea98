import { fastestForm, type DecayKind, type FormTable } from '../../models/mixers/recurrence/form-table.js';
import type { Device } from '../../models/runtime/devices.js';
import type { FormsAtLength } from './measure-forms.js';

export interface Choice extends FormsAtLength {
  readonly chosen: string;
  /** The chosen form's time over the fastest one's. */
  readonly ratio: number;
}

/** What a table chooses at each length that was measured, and what that costs. */
export function chosenForms(
  device: Device,
  decay: DecayKind,
  measured: readonly FormsAtLength[],
  table: FormTable,
): readonly Choice[] {
  return measured.map(({ length, forms }) => {
    const form = fastestForm(device, decay, length, table);
    const named = form.kind === 'native' ? 'native' : `chunked-${form.chunk ?? 0}`;
    // A chunk longer than the sequence was measured as the shortest such one.
    const chosen = forms.find((timed) => timed.form === named) ?? forms.at(-1);
    const best = Math.min(...forms.map(({ runMs }) => runMs));
    return { length, forms, chosen: chosen?.form ?? named, ratio: (chosen?.runMs ?? Number.NaN) / best };
  });
}
