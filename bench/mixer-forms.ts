import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FORM_TABLE_FILE, type DecayKind, type FormTable } from '../models/mixers/recurrence/form-table.js';
import { DEVICES } from '../models/runtime/devices.js';
import { entryUrl } from '../models/runtime/entry.js';
import { measureInChild } from './measure-in-child.js';
import { MIXER, type Configuration, type Form } from './temporal/configuration.js';
import type { Timing } from './temporal/timing.js';

/**
 * Measures anew which form of a causal mixer is the fastest on a device and writes it into the table that ships with the
 * code: `node dist/bench/mixer-forms.js --device webgpu`, or `--out FILE`.
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    out: { type: 'string' },
    lengths: { type: 'string', default: '16,64,256,1024,4096,16384,65536' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);

const TIMEOUT_MS = 120_000;
/** Repeats a form for half a second, twice: the table asks which, not by how much. */
const BUDGET_MS = 500;

const rows: Record<DecayKind, Record<string, string>> = { constant: {}, scalar: {}, vector: {} };
const entry = entryUrl('./temporal/measure', import.meta.url);
for (const decay of ['constant', 'scalar', 'vector'] as const)
  for (const length of values.lengths.split(',').map(Number)) {
    const timed: { readonly form: Form; readonly runMs: number }[] = [];
    for (const form of ['native', ...MIXER.chunks.map((steps): Form => `chunked-${steps}`)] as const) {
      // A chunk longer than the sequence is the sequence: the shortest such one stands for all.
      if (form !== 'native' && Number(form.slice(8)) >= 2 * length && form !== `chunked-${MIXER.chunks[0] ?? 0}`)
        continue;
      const job: Configuration = {
        what: 'mixer',
        device,
        form,
        batch: MIXER.batch,
        length,
        decay,
        budgetMs: BUDGET_MS,
      };
      const outcome = await measureInChild<Timing>(entry, job, TIMEOUT_MS);
      if ('measured' in outcome) timed.push({ form, runMs: outcome.measured.runMs });
    }
    timed.sort((a, b) => a.runMs - b.runMs);
    const [best] = timed;
    if (best !== undefined) rows[decay][length] = best.form;
    const all = timed.map(({ form, runMs }) => `${form} ${runMs.toFixed(2)}`).join(', ');
    console.log(`${decay} ${length}: ${all} ms`);
  }
const out = values.out ?? FORM_TABLE_FILE;
const known = JSON.parse(readFileSync(FORM_TABLE_FILE, 'utf8')) as FormTable;
writeFileSync(out, `${JSON.stringify({ ...known, [device]: rows }, null, 2)}\n`);
