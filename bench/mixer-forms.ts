import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  FORM_TABLE_FILE,
  type DecayKind,
  type FormTable,
  type FormTimes,
} from '../models/mixers/recurrence/form-table.js';
import { DEVICES } from '../models/runtime/devices.js';
import { entryUrl } from '../core/processes/entry.js';
import { measureInChild } from './measure-in-child.js';
import { chosenForms, leaveOneOut, type Choice } from './temporal/chosen-forms.js';
import { meanTimes } from './temporal/mean-times.js';
import type { FormsAtLength, FormsJob } from './temporal/measure-forms.js';

/**
 * Times every form of a causal mixer in several processes and takes the mean. `--write` measures the table that ships
 * with the code again. Without it, the shipped table is evaluated at lengths between its own: its choice may be at most
 * 5 % slower than the faster of the operator and the chunked graph. The possible gain of other chunk sizes is printed
 * too. `--from` measures nothing: it averages files that `--json` wrote, perhaps on other GPUs, with equal weight.
 * `--leave-one-out` evaluates what the table would choose at each of its lengths without the row for that length.
 *
 * Exits with 1 if the rule is violated. `node dist/bench/mixer-forms.js --device webgpu --write --json FILE`
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    write: { type: 'boolean', default: false },
    'leave-one-out': { type: 'boolean', default: false },
    /** File of the table that `--write` writes. */
    out: { type: 'string' },
    json: { type: 'string' },
    /** Comma-separated files that `--json` wrote. */
    from: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    longest: { type: 'string', default: '65536' },
    budget: { type: 'string', default: '250' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);

const TIMEOUT_MS = 400_000;
/** How much slower than the best form a choice may be. */
const TOLERANCE = 1.05;
/** Powers of two and 1.5 times those: lengths that fill their chunks. */
const FULL_LENGTHS = Array.from({ length: 13 }, (_, power) => 16 * 2 ** power).flatMap((at) => [at, 1.5 * at]);
/** With three lengths between each two of those, which do not fill their chunks. */
const TABLE_LENGTHS = withMidpoints(withMidpoints(FULL_LENGTHS.filter((length) => length <= 65536)));
/** Lengths halfway between those of the table, which were not used to make it. */
const EVALUATED_LENGTHS = withMidpoints(TABLE_LENGTHS).filter((length) => !TABLE_LENGTHS.includes(length));
const lengths = (values.write ? TABLE_LENGTHS : EVALUATED_LENGTHS).filter((length) => length <= Number(values.longest));
type Measured = Readonly<Record<DecayKind, readonly FormsAtLength[]>>;
const DECAYS = ['constant', 'scalar', 'vector'] as const;
const budgetMs = Number(values.budget);
const shipped = JSON.parse(readFileSync(FORM_TABLE_FILE, 'utf8')) as FormTable;

if (values['leave-one-out']) {
  const choices = DECAYS.flatMap((decay) => leaveOneOut(device, decay, shipped).map((choice) => ({ decay, choice })));
  for (const { decay, choice } of choices) console.log(verdict(decay, choice));
  process.exit(summary(choices.map(({ choice }) => choice)) ? 0 : 1);
}

const measured = values.from === undefined ? await measureAll() : readMeasurements(values.from.split(','));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
if (values.write) {
  const { constant, scalar, vector } = measured;
  const times = { constant: timesByLength(constant), scalar: timesByLength(scalar), vector: timesByLength(vector) };
  const table: FormTable = { ...shipped, [device]: times };
  writeFileSync(values.out ?? FORM_TABLE_FILE, `${JSON.stringify(table, null, 2)}\n`);
  for (const decay of DECAYS) for (const { length, forms } of measured[decay]) console.log(line(decay, length, forms));
} else process.exitCode = evaluateTable() ? 0 : 1;

function withMidpoints(lengths: readonly number[]): readonly number[] {
  return lengths.flatMap((length, at) => {
    const next = lengths[at + 1];
    return next === undefined ? [length] : [length, Math.round(Math.sqrt(length * next))];
  });
}

async function measureAll(): Promise<Measured> {
  return {
    constant: await measureDecay('constant'),
    scalar: await measureDecay('scalar'),
    vector: await measureDecay('vector'),
  };
}

async function measureDecay(decay: DecayKind): Promise<readonly FormsAtLength[]> {
  const job: FormsJob = { device: device ?? 'cpu', decay, lengths, budgetMs };
  const entry = entryUrl('./temporal/measure-forms', import.meta.url);
  const processes: (readonly FormsAtLength[])[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const outcome = await measureInChild<readonly FormsAtLength[]>(entry, job, TIMEOUT_MS);
    if ('measured' in outcome) processes.push(outcome.measured);
    else console.log(`${decay}: ${outcome.missing}`);
  }
  return meanTimes(processes);
}

function readMeasurements(files: readonly string[]): Measured {
  const all = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Measured);
  const of = (decay: DecayKind) => meanTimes(all.map((measured) => measured[decay]));
  return { constant: of('constant'), scalar: of('scalar'), vector: of('vector') };
}

function evaluateTable(): boolean {
  const choices = DECAYS.flatMap((decay) =>
    chosenForms(device ?? 'cpu', decay, measured[decay], shipped).map((choice) => ({ decay, choice })),
  );
  for (const { decay, choice } of choices) console.log(verdict(decay, choice));
  const whole = values.from !== undefined || choices.length === DECAYS.length * lengths.length;
  return summary(choices.map(({ choice }) => choice)) && whole;
}

/** Prints how many choices obey the rule, and returns whether all do. */
function summary(choices: readonly Choice[]): boolean {
  const worst = (ratios: readonly number[]) =>
    `${ratios.filter((ratio) => ratio <= TOLERANCE).length} of ${ratios.length} within 5 %, the worst ${Math.max(...ratios).toFixed(3)}`;
  const ofTwo = choices.map((choice) => choice.ofTwo);
  console.log(`against the better of the operator and the chunked graph: ${worst(ofTwo)}`);
  console.log(`against the best size of chunks, too: ${worst(choices.map(({ ofAll }) => ofAll))}`);
  return ofTwo.every((ratio) => ratio <= TOLERANCE);
}

/** The measured times as rows of the table, rounded to three digits, which is finer than the noise. */
function timesByLength(rows: readonly FormsAtLength[]): Record<string, FormTimes> {
  return Object.fromEntries(
    rows.map(({ length, forms }) => [
      length,
      Object.fromEntries(forms.map(({ form, runMs }) => [form, Number(runMs.toPrecision(3))])),
    ]),
  );
}

function verdict(decay: DecayKind, { length, chosen, ofTwo, ofAll, forms }: Choice): string {
  const mark = ofTwo > TOLERANCE ? '  <-- too slow' : '';
  return `${line(decay, length, forms)}; ${chosen}, ${ofTwo.toFixed(3)} (${ofAll.toFixed(3)})${mark}`;
}

function line(decay: DecayKind, length: number, forms: FormsAtLength['forms']): string {
  const times = forms.map(({ form, runMs }) => `${form} ${runMs.toFixed(2)}`).join(', ');
  return `${decay.padEnd(8)} ${String(length).padStart(6)}: ${times} ms`;
}
