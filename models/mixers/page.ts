import { DEVICES } from '../runtime/devices.js';
import { lrpeDeclaration } from './lrpe/layer.js';
import { MIXERS } from './members.js';
import type { MixerDeclaration, StageOfMemory } from './declaration.js';
import { etscDeclaration } from './toeplitz/layer.js';
import { fastestOf, readFormTable, type FormTable } from './recurrence/form-table.js';

/** The declarations of all members in the order of the page. ETSC and LRPE are not in `MIXERS`; they follow TNN. */
export const DECLARATIONS: readonly MixerDeclaration[] = MIXERS.flatMap(({ declaration }) =>
  declaration.name === 'tnn' ? [declaration, etscDeclaration, lrpeDeclaration] : [declaration],
);

/** The text of docs/mixers.md. */
export function mixersPage(): string {
  const forms = readFormTable();
  return `# Mixers

What mixes the steps of a sequence, in three stages: a mixer **expands** each input into a memory, lets the memory
**oscillate** from step to step, and **shrinks** it to an answer. _data_: computed from the input at every step; _fixed_:
constant or learned. n steps, d key channels and e value channels a head, C steps a chunk. Made from the declarations in
\`models/mixers\` by \`npm run generate\`.

${table(
  ['Mixer', 'Expand', 'Oscillate', 'Shrink'],
  DECLARATIONS.map((mixer) => [mixer.title, stage(mixer.expand), stage(mixer.oscillate), stage(mixer.shrink)]),
)}

${table(
  ['Mixer', 'Name', 'Direction', 'Several axes', 'State of a head', 'Cost of a head'],
  DECLARATIONS.map((mixer) => [
    mixer.title,
    `\`${mixer.name}\``,
    mixer.direction,
    mixer.multiAxis ? 'yes' : 'no',
    mixer.state,
    mixer.cost,
  ]),
)}

## Forms

How a causal member with a memory is written for a device and length: \`native\`, onnxruntime's operator, or \`chunked-C\`,
a loop-free graph of chunks of C steps; which was the fastest at each length (batch 2, 4 heads of 32), by decay. Between
them, times are interpolated. Measured anew by \`node dist/bench/mixer-forms.js --device DEVICE --write\`.

${DEVICES.filter((device) => device in forms)
  .map((device) => formsOf(device, forms))
  .join('\n\n')}
`;
}

function formsOf(device: string, forms: FormTable): string {
  const rows = forms[device];
  const lengths = Object.keys(rows?.scalar ?? {}).filter((length) => Number.isInteger(Math.log2(Number(length))));
  return table(
    [device, 'constant', 'scalar', 'vector'],
    lengths.map((length) => [
      length,
      ...(['constant', 'scalar', 'vector'] as const).map((decay) => fastestOf(rows?.[decay][length] ?? {}) ?? ''),
    ]),
  );
}

function stage({ formula, dataDependent }: StageOfMemory): string {
  return `${formula} (${dataDependent ? 'data' : 'fixed'})`;
}

/** A Markdown table whose columns are padded to their widest cell, as Prettier formats it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
