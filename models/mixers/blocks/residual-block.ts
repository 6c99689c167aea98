import { add, type Tensor } from '../../graph/index.js';
import type { Carried, Mixed, MixerLayer, LayerContext } from '../layer.js';
import { gatedUnit } from './gated-unit.js';
import { simpleRmsNorm } from './norm.js';

/** Pre-norm: `x + mixer(norm(x))`, then `x + channels(norm(x))` (methods.md B.3). */
export function residualBlock(x: Tensor, mixer: MixerLayer, place: LayerContext, carried?: Carried): Mixed {
  const { graph } = place;
  const mixed = graph.scope('mixer', () => mixer.mix(simpleRmsNorm(x), place, carried));
  const between = add(x, mixed.output);
  const channels = graph.scope('channels', () => gatedUnit(simpleRmsNorm(between), place, mixer.channelMixer));
  return { output: add(between, channels), carried: mixed.carried };
}
