import type { Device } from '../../models/runtime/devices.js';

export type Form = 'native' | 'softmax' | `chunked-${number}`;

/** One measurement, in a process of its own: a device lost to one does not take the others with it. */
export interface Configuration {
  readonly what: 'mixer' | 'parser';
  readonly device: Device;
  readonly form: Form;
  readonly batch: number;
  readonly length: number;
  /** Of the mixer: gates from the input for each head or key channel, or fixed ones; scalar if not said. */
  readonly decay?: 'constant' | 'scalar' | 'vector';
  /** Time to repeat runs for, twice. */
  readonly budgetMs?: number;
}

export const MIXER = {
  batch: 2,
  heads: 4,
  headWidth: 32,
  lengths: [1024, 4096, 16_384, 65_536],
  chunks: [32, 64, 128],
};

export const PARSER = {
  width: 256,
  layers: 6,
  heads: 8,
  audioWidth: 512,
  visualWidth: 512,
  classes: 25,
  lengths: [1024, 16_384, 65_536],
  batches: [1, 8],
};

export function configurations(device: Device, chunk: number): readonly Configuration[] {
  const forms: readonly Form[] = ['native', ...MIXER.chunks.map((steps): Form => `chunked-${steps}`)];
  const mixer = MIXER.lengths.flatMap((length) =>
    forms.map((form): Configuration => ({ what: 'mixer', device, form, batch: MIXER.batch, length })),
  );
  const parser = PARSER.batches.flatMap((batch) =>
    PARSER.lengths.flatMap((length) =>
      (['native', `chunked-${chunk}`, 'softmax'] as const).map((form): Configuration => ({
        what: 'parser',
        device,
        form,
        batch,
        length,
      })),
    ),
  );
  return [...mixer, ...parser];
}

/** Blocks of attention scores, each of 1 GiB at most, that a graph may unroll a layer. */
const BLOCKS_LIMIT = 256;
/** Multiplications of the attention scores and sums, of which a cpu does some 10^10 a second. */
const CPU_PRODUCTS_LIMIT = 1e12;

/** Why a configuration is left out, or null. */
export function leftOut({ what, device, form, batch, length }: Configuration): string | null {
  if (what === 'mixer') return null;
  if (device === 'cpu' && batch * length > 131_072) return 'too long for a cpu';
  if (form !== 'softmax') return null;
  if ((batch * PARSER.heads * length ** 2) / 2 ** 28 > BLOCKS_LIMIT) return 'scores do not fit';
  const products = batch * PARSER.layers * length ** 2 * PARSER.width;
  return device === 'cpu' && products > CPU_PRODUCTS_LIMIT ? 'too long for a cpu' : null;
}
