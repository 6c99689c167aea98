import type { DecayKind } from '../../models/mixers/recurrence/form-table.js';
import type { Device } from '../../models/runtime/devices.js';
import { MIXER, type Form } from './configuration.js';
import { mixerGraph, mixerInputs } from './mixer-graph.js';
import { timeSideBySide } from './timing.js';

export interface FormsJob {
  readonly device: Device;
  readonly decay: DecayKind;
  readonly lengths: readonly number[];
  readonly budgetMs: number;
}

export interface FormsAtLength {
  readonly length: number;
  readonly forms: readonly { readonly form: Form; readonly runMs: number }[];
}

/** Entry of a child process: times every form of a mixer at each length and prints the times as one line of JSON. */
const { device, decay, lengths, budgetMs } = JSON.parse(process.argv[2] ?? '{}') as FormsJob;
const rows: FormsAtLength[] = [];
for (const length of lengths) {
  const forms = formsAt(length);
  const graphs = forms.map((form) => mixerGraph(form, decay, length));
  const times = await timeSideBySide(device, mixerInputs(decay, length), graphs, budgetMs);
  rows.push({ length, forms: forms.map((form, at) => ({ form, runMs: times[at] ?? Number.NaN })) });
}
process.stdout.write(`${JSON.stringify(rows)}\n`);
// Exit explicitly, because threads of a GPU driver may keep the process alive.
process.exit(0);

/**
 * The forms to time. Of all chunks longer than the sequence, only the shortest is timed, because they are equivalent.
 */
function formsAt(length: number): readonly Form[] {
  const chunks = MIXER.chunks.filter((steps, at) => at === 0 || steps < 2 * length);
  return ['native', ...chunks.map((steps): Form => `chunked-${steps}`)];
}
