import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FORM_TABLE_FILE, type DecayKind, type FormTable } from '../models/mixers/recurrence/form-table.js';
import { DEVICES } from '../models/runtime/devices.js';
import { entryUrl } from '../models/runtime/entry.js';
import { measureInChild } from './measure-in-child.js';
import { chosenForms, type Choice } from './temporal/chosen-forms.js';
import type { FormsAtLength, FormsJob } from './temporal/measure-forms.js';

/**
 * Times every form of a causal mixer side by side. `--write` makes the table that ships with the code anew; without it the
 * shipped table is judged, at lengths between its own: its choice may be no more than 5 % slower than the best of the
 * operator and the chunked graphs. Exits with 1 where it is.
 * `node dist/bench/mixer-forms.js --device webgpu --write --json FILE`
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    write: { type: 'boolean', default: false },
    /** The table's file. */
    out: { type: 'string' },
    json: { type: 'string' },
    longest: { type: 'string', default: '65536' },
    budget: { type: 'string', default: '250' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);

const TIMEOUT_MS = 400_000;
/** How much slower than the best a choice may be. */
const TOLERANCE = 1.05;
/** Powers of two and, roughly, what is halfway between them in ratio. */
const TABLE_LENGTHS = Array.from({ length: 13 }, (_, power) => 16 * 2 ** power).flatMap((at) => [at, 1.5 * at]);
/** Halfway between those: not what the table was made from. */
const JUDGED_LENGTHS = TABLE_LENGTHS.slice(1).map((length, at) =>
  Math.round(Math.sqrt(length * (TABLE_LENGTHS[at] ?? length))),
);
const lengths = (values.write ? TABLE_LENGTHS : JUDGED_LENGTHS).filter((length) => length <= Number(values.longest));

const measured: Record<DecayKind, readonly FormsAtLength[]> = { constant: [], scalar: [], vector: [] };
const entry = entryUrl('./temporal/measure-forms', import.meta.url);
for (const decay of ['constant', 'scalar', 'vector'] as const) {
  const job: FormsJob = { device, decay, lengths, budgetMs: Number(values.budget) };
  const outcome = await measureInChild<readonly FormsAtLength[]>(entry, job, TIMEOUT_MS);
  if ('measured' in outcome) measured[decay] = outcome.measured;
  else console.log(`${decay}: ${outcome.missing}`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);

const out = values.out ?? FORM_TABLE_FILE;
const shipped = JSON.parse(readFileSync(FORM_TABLE_FILE, 'utf8')) as FormTable;
const table = values.write ? { ...shipped, [device]: fastest() } : shipped;
if (values.write) writeFileSync(out, `${JSON.stringify(table, null, 2)}\n`);

let worst = 0;
for (const decay of ['constant', 'scalar', 'vector'] as const)
  for (const choice of chosenForms(device, decay, measured[decay], table)) {
    console.log(line(decay, choice));
    worst = Math.max(worst, choice.ratio);
  }
if (!values.write) {
  console.log(`the worst choice takes ${worst.toFixed(3)} times the best form's time`);
  process.exitCode = worst <= TOLERANCE ? 0 : 1;
}

function fastest(): Record<DecayKind, Record<string, string>> {
  const rows = (decay: DecayKind): Record<string, string> =>
    Object.fromEntries(
      measured[decay].map(({ length, forms }) => [
        length,
        forms.toSorted((a, b) => a.runMs - b.runMs)[0]?.form ?? 'native',
      ]),
    );
  return { constant: rows('constant'), scalar: rows('scalar'), vector: rows('vector') };
}

function line(decay: DecayKind, { length, chosen, ratio, forms }: Choice): string {
  const times = forms.map(({ form, runMs }) => `${form} ${runMs.toFixed(2)}`).join(', ');
  const verdict = ratio > TOLERANCE ? '  <-- too slow' : '';
  return `${decay.padEnd(8)} ${String(length).padStart(6)}: ${times} ms; ${chosen}, ${ratio.toFixed(3)}${verdict}`;
}
