import { mul, silu } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { rmsNorm } from '../blocks/norm.js';
import type { MixerLayer } from '../layer.js';
import { POSITION_TYPE } from '../lrpe/rotary.js';
import { memoryType } from '../recurrence/layer-memory.js';
import { runningAverage, averageOverAllSteps } from './average.js';
import { encodingType, addAxisPositions } from './positions.js';

/** Rank of the factorised output gate (the layer of fla has 128, for widths of thousands). */
const GATE_RANK = 32;

/**
 * Additive recurrence (methods.md B.4, with the key itself as the logit): for each key channel, a running softmax-weighted
 * average of the values. A bidirectional network averages over all steps at once with MD-LRPE, because that average alone
 * does not depend on the order of the steps. The first layer adds MD-TPE.
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
  mix: (x, context, carried) => {
    const { width, layer, direction } = context;
    const axes = context.axes ?? [Number(x.shape[1])];
    const encoded = layer === 0 ? addAxisPositions(x, context, axes, carried) : { output: x, carried: {} };
    const features = encoded.output;
    const q = silu(linear(features, context, 'query', width));
    const logits = linear(features, context, 'key', width);
    const v = linear(features, context, 'value', width);
    const mixed =
      direction === 'causal'
        ? runningAverage(q, logits, v, context, carried)
        : { output: averageOverAllSteps(q, logits, v, context, axes), carried: {} };
    const gate = linear(linear(features, context, 'gate-in', Math.min(GATE_RANK, width)), context, 'gate-out', width);
    const gated = mul(rmsNorm(mixed.output, context, 'norm'), silu(gate));
    return { output: linear(gated, context, 'out', width), carried: { ...mixed.carried, ...encoded.carried } };
  },
  carriedTypes: (context, batch) => ({
    memory: memoryType(context, batch),
    'log-sum': { dtype: 'float32', shape: [batch, 1, context.width] },
    position: POSITION_TYPE,
    ...(context.layer === 0 ? { encoding: encodingType(context, batch) } : {}),
  }),
};
