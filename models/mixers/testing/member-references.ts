import { averagePoolingLayerReference, softmaxAttentionLayerReference } from '../baselines/layer-references.js';
import { featureFixationLayerReference } from '../feature-fixation/layer-reference.js';
import { hgrn2Reference } from '../hgrn2/reference.js';
import { hydraLayerReference } from '../hydra/layer-reference.js';
import { lightNetLayerReference } from '../lightnet/layer-reference.js';
import { linearAttentionReference } from '../linear-attention/reference.js';
import type { ReferenceLayer } from '../reference-layer.js';
import { tnlReference } from '../tnl/reference.js';
import { tnnReference } from '../toeplitz/layer-reference.js';

/** Every member's layer in plain loops, by name. */
export const MEMBER_REFERENCES: Readonly<Record<string, ReferenceLayer>> = {
  'linear-attention': linearAttentionReference,
  tnl: tnlReference,
  lightnet: lightNetLayerReference,
  hgrn2: hgrn2Reference,
  tnn: tnnReference,
  'feature-fixation': featureFixationLayerReference,
  'hydra-tnl': hydraLayerReference(tnlReference),
  'hydra-hgrn2': hydraLayerReference(hgrn2Reference),
  'softmax-attention': softmaxAttentionLayerReference,
  'average-pooling': averagePoolingLayerReference,
};
