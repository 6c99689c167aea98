import { averagePoolingLayer } from './baselines/pooling-layer.js';
import { softmaxAttentionLayer } from './baselines/softmax-layer.js';
import { featureFixationLayer } from './feature-fixation/layer.js';
import { hgrn2Layer } from './hgrn2/layer.js';
import { hydra } from './hydra/layer.js';
import type { MixerLayer } from './layer.js';
import { lightNetLayer } from './lightnet/layer.js';
import { linearAttentionLayer } from './linear-attention/layer.js';
import { tnlLayer } from './tnl/layer.js';
import { tnnLayer } from './toeplitz/layer.js';

/** Every member that can be trained, in the order of the table in docs/mixers.md. */
export const MIXERS: readonly MixerLayer[] = [
  linearAttentionLayer,
  tnlLayer,
  lightNetLayer,
  hgrn2Layer,
  tnnLayer,
  featureFixationLayer,
  hydra(tnlLayer),
  hydra(hgrn2Layer),
  softmaxAttentionLayer,
  averagePoolingLayer,
];

/** Returns the member with this name, or undefined. */
export function mixerNamed(name: string): MixerLayer | undefined {
  return MIXERS.find((mixer) => mixer.declaration.name === name);
}
