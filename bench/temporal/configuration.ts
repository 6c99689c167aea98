import type { Device } from '../../models/runtime/devices.js';

/** `softmax`: attention in blocks of plain operators. `fused`: attention by onnxruntime's fused operator. */
export type Form = 'native' | 'softmax' | 'fused' | `chunked-${number}`;

/** One measurement, which runs in a separate process, so that a lost device does not affect the others. */
export interface Configuration {
  readonly what: 'mixer' | 'parser';
  readonly device: Device;
  readonly form: Form;
  readonly batch: number;
  readonly length: number;
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
      (['native', `chunked-${chunk}`, 'softmax', 'fused'] as const).map((form): Configuration => ({
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

/**
 * Limit for the bytes of the attention scores of all blocks, which exist three times (computed, joined and weighted).
 * GPU buffers are only reused at their exact size, and every block has another size. 103 GB failed on a GPU with 80 GB.
 */
const SCORES_LIMIT = 64e9;
/** Longest sequence for the fused operator, whose mask then has 1 GiB. */
const FUSED_LONGEST = 16_384;
/** Limit for the multiplications of softmax attention on a cpu, which does about 10^10 per second. */
const CPU_PRODUCTS_LIMIT = 1e12;

/** Why a configuration is skipped, or null if it is measured. */
export function skipReason({ what, device, form, batch, length }: Configuration): string | null {
  if (what === 'mixer') return null;
  if (device === 'cpu' && batch * length > 131_072) return 'too long for a cpu';
  if (form === 'fused' && length > FUSED_LONGEST) return 'its mask does not fit';
  if (form !== 'softmax' && form !== 'fused') return null;
  const scores = (3 * 4 * batch * PARSER.heads * length ** 2) / 2;
  if (form === 'softmax' && scores > SCORES_LIMIT) return 'scores do not fit';
  const products = batch * PARSER.layers * length ** 2 * PARSER.width;
  return device === 'cpu' && products > CPU_PRODUCTS_LIMIT ? 'too long for a cpu' : null;
}
