import { mul, silu } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { rmsNorm } from '../blocks/norm.js';
import type { MixerLayer } from '../layer.js';
import { POSITION_TYPE } from '../lrpe/rotary.js';
import { memoryType } from '../recurrence/layer-memory.js';
import { runningAverage, wholeAverage } from './average.js';
import { encodingType, positionByRecurrence } from './positions.js';

/** Rank of the output gate's two factors (fla's layer has 128 for widths of thousands). */
const GATE_RANK = 32;

/**
 * Additive recurrence (methods.md B.4, the key itself as logit): a running softmax-weighted average of the values a key
 * channel; over all steps at once where the network reads both ways, with MD-LRPE, without which that form is order-blind.
 * The first layer adds MD-TPE.
 */
export const lightNetLayer: MixerLayer = {
  declaration: {
    name: 'lightnet',
    title: 'LightNet',
    expand: { formula: 'exp(g_t) / Δ_t', dataDependent: true },
    oscillate: { formula: 'Δ_{t-1} / Δ_t', dataDependent: true },
    shrink: { formula: 'q_t', dataDependent: true },
    direction: 'either',
    multiAxis: true,
    state: 'd·e + d',
    cost: 'n·d·e + n·C·d',
    source: 'B.4',
  },
  channelMixer: 'glu',
  mix: (x, place, carried) => {
    const { width, layer, direction } = place;
    const axes = place.axes ?? [Number(x.shape[1])];
    const encoded = layer === 0 ? positionByRecurrence(x, place, axes, carried) : { output: x, carried: {} };
    const features = encoded.output;
    const q = silu(linear(features, place, 'query', width));
    const logits = linear(features, place, 'key', width);
    const v = linear(features, place, 'value', width);
    const mixed =
      direction === 'causal'
        ? runningAverage(q, logits, v, place, carried)
        : { output: wholeAverage(q, logits, v, place, axes), carried: {} };
    const gate = linear(linear(features, place, 'gate-in', Math.min(GATE_RANK, width)), place, 'gate-out', width);
    const gated = mul(rmsNorm(mixed.output, place, 'norm'), silu(gate));
    return { output: linear(gated, place, 'out', width), carried: { ...mixed.carried, ...encoded.carried } };
  },
  carriedTypes: (place, batch) => ({
    memory: memoryType(place, batch),
    'log-sum': { dtype: 'float32', shape: [batch, 1, place.width] },
    position: POSITION_TYPE,
    ...(place.layer === 0 ? { encoding: encodingType(place, batch) } : {}),
  }),
};
