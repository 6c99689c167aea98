import { averagePoolingLayerReference, softmaxAttentionLayerReference } from './references/baselines.js';
import { featureFixationLayerReference } from './references/feature-fixation.js';
import { hgrn2Reference } from './references/hgrn2.js';
import { hydraLayerReference } from './references/hydra.js';
import { lightNetLayerReference } from './references/lightnet.js';
import { linearAttentionReference } from './references/linear-attention.js';
import type { ReferenceLayer } from './reference-layer.js';
import { tnlReference } from './references/tnl.js';
import { tnnReference } from './references/toeplitz.js';

/** The reference layer of every member of `MIXERS`, by name. */
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
