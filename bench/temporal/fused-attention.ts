import { multiHeadAttention, reshape, type Tensor } from '../../models/graph/index.js';
import { softmaxAttentionDeclaration } from '../../models/mixers/baselines/softmax-layer.js';
import { linear } from '../../models/mixers/blocks/linear.js';
import type { MixerLayer } from '../../models/mixers/layer.js';
import { rotaryTables, applyRotary } from '../../models/mixers/lrpe/rotary.js';

/**
 * The softmax baseline through onnxruntime's fused operator, which is not causal by itself on webgpu: `future` [1, T, T]
 * is added to the scores, and that table is what limits its length.
 */
export function fusedAttentionLayer(future: Tensor): MixerLayer {
  return {
    declaration: softmaxAttentionDeclaration,
    channelMixer: 'glu',
    mix: (x, place) => {
      const { width, heads } = place;
      const length = Number(x.shape[1]);
      const turns = rotaryTables(place, length, width / heads);
      const q = applyRotary(linear(x, place, 'query', width), heads, turns);
      const k = applyRotary(linear(x, place, 'key', width), heads, turns);
      const v = linear(x, place, 'value', width);
      const attentionBias = reshape(future, [1, 1, length, length]);
      return {
        output: linear(multiHeadAttention(q, k, v, { heads, attentionBias }), place, 'out', width),
        carried: {},
      };
    },
  };
}
