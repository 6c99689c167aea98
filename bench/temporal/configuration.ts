import type { Device } from '../../models/runtime/devices.js';

/** `softmax`: attention in blocks of plain operators; `fused`: in onnxruntime's operator. */
export type Form = 'native' | 'softmax' | 'fused' | `chunked-${number}`;

/** One measurement, in a process of its own: a device lost to one does not take the others with it. */
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
 * Bytes of all blocks' scores, made, joined and weighed: a GPU's buffers are kept at their exact sizes, and every block
 * has another. 103 GB failed on a card of 80.
 */
const SCORES_LIMIT = 64e9;
/** Of the fused operator: a mask of 1 GiB. */
const FUSED_LONGEST = 16_384;
/** Multiplications of the attention scores and sums, of which a cpu does some 10^10 a second. */
const CPU_PRODUCTS_LIMIT = 1e12;

/** Why a configuration is left out, or null. */
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
