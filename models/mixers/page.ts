import { averagePoolingDeclaration, softmaxAttentionDeclaration } from './baselines/declarations.js';
import type { MixerDeclaration, StageOfMemory } from './declaration.js';
import { featureFixationDeclaration } from './feature-fixation/declaration.js';
import { hgrn2Declaration } from './hgrn2/declaration.js';
import { hydraDeclaration } from './hydra/declaration.js';
import { lightNetDeclaration } from './lightnet/declaration.js';
import { linearAttentionDeclaration } from './linear-attention/declaration.js';
import { lrpeDeclaration } from './lrpe/declaration.js';
import { tnlDeclaration } from './tnl/declaration.js';
import { etscDeclaration, tnnDeclaration } from './toeplitz/declarations.js';

/** Every member, in the order of the page. */
export const DECLARATIONS: readonly MixerDeclaration[] = [
  linearAttentionDeclaration,
  tnlDeclaration,
  lightNetDeclaration,
  hgrn2Declaration,
  tnnDeclaration,
  etscDeclaration,
  lrpeDeclaration,
  featureFixationDeclaration,
  hydraDeclaration(tnlDeclaration),
  hydraDeclaration(hgrn2Declaration),
  softmaxAttentionDeclaration,
  averagePoolingDeclaration,
];

/** docs/mixers.md. */
export function mixersPage(): string {
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
`;
}

function stage({ formula, dataDependent }: StageOfMemory): string {
  return `${formula} (${dataDependent ? 'data' : 'fixed'})`;
}

/** Columns padded to their widest cell, as the formatter would leave them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
