import { add, mul, silu, type Tensor } from '../../graph/index.js';
import type { Carried, Mixed, MixerLayer, LayerContext } from '../layer.js';
import { linear } from './linear.js';
import { simpleRmsNorm } from './norm.js';

/** Ratio of hidden width to stream width: three matrices then cost as much as the two of an MLP with a ratio of 4. */
const EXPANSION = 8 / 3;

/** A pre-norm residual block: `x + mixer(norm(x))`, then `x + channels(norm(x))` (methods.md B.3). */
export function residualBlock(x: Tensor, mixer: MixerLayer, context: LayerContext, carried?: Carried): Mixed {
  const { graph } = context;
  const mixed = graph.scope('mixer', () => mixer.mix(simpleRmsNorm(x), context, carried));
  const between = add(x, mixed.output);
  const channels = graph.scope('channels', () => gatedUnit(simpleRmsNorm(between), context, mixer.channelMixer));
  return { output: add(between, channels), carried: mixed.carried };
}

/** The channel mixer (methods.md B.3, B.7): `((x W_v) ∘ f(x W_u)) W_o`; f is the identity for SGLU and silu for GLU. */
function gatedUnit(x: Tensor, context: LayerContext, kind: 'sglu' | 'glu'): Tensor {
  // A width that is a multiple of 8 keeps vector loads aligned on every device.
  const hidden = 8 * Math.ceil((EXPANSION * context.width) / 8);
  const value = linear(x, context, 'value', hidden);
  const gate = linear(x, context, 'gate', hidden);
  return linear(mul(value, kind === 'glu' ? silu(gate) : gate), context, 'out', context.width);
}
