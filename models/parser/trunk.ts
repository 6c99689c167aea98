import { concat, type Tensor } from '../graph/index.js';
import { linear } from '../mixers/blocks/linear.js';
import { simpleRmsNorm } from '../mixers/blocks/norm.js';
import { residualBlock } from '../mixers/blocks/residual-block.js';
import type { Carried, MixerLayer, LayerContext } from '../mixers/layer.js';

export interface Trunk {
  /** [B, T, D], normalised. */
  readonly steps: Tensor;
  /** The carried state of each layer. */
  readonly carried: readonly Carried[];
}

/** `layers` residual blocks of one mixer over a stream [B, T, D]. */
export function trunk(
  x: Tensor,
  mixer: MixerLayer,
  context: Omit<LayerContext, 'layer'>,
  carried?: readonly Carried[],
): Trunk {
  let steps = x;
  const carriedOut: Carried[] = [];
  for (let layer = 0; layer < context.layers; layer++) {
    const block = context.graph.scope(`layer-${layer}`, () =>
      residualBlock(steps, mixer, { ...context, layer }, carried?.[layer]),
    );
    steps = block.output;
    carriedOut.push(block.carried);
  }
  return { steps: simpleRmsNorm(steps), carried: carriedOut };
}

/** Embeds the features of both modalities as one stream; each modality gets half of the channels. */
export function embed(audio: Tensor, visual: Tensor, context: LayerContext): Tensor {
  const { graph, width } = context;
  const half = Math.floor(width / 2);
  return graph.scope('embed', () =>
    concat(
      [
        linear(audio, context, 'audio', half, { bias: true }),
        linear(visual, context, 'visual', width - half, { bias: true }),
      ],
      -1,
    ),
  );
}
