import { cast, mul, silu } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import type { MixerLayer } from '../layer.js';
import { nextPosition, POSITION_TYPE, rotaryTables, applyRotary } from '../lrpe/rotary.js';
import { memoryType, layerRecurrence } from '../recurrence/layer-memory.js';

/**
 * Log decays of the paper's fixed schedule `λ = exp(-(8h/H)(1 - l/L))`, h = 1..H and l = 1..L (methods.md B.3; the published
 * example code has another schedule). Later heads forget faster, deeper layers forget less, and the last layer forgets
 * nothing.
 */
export function tnlLogDecays(layer: number, layers: number, heads: number): readonly number[] {
  return Array.from({ length: heads }, (_, h) => -((8 * (h + 1)) / heads) * (1 - (layer + 1) / layers));
}

/** Gated linear attention with a fixed decay for each head; LRPE-d (rotary times decay) in the first layer only. */
export const tnlLayer: MixerLayer = {
  declaration: {
    name: 'tnl',
    title: 'TNL / Lightning Attention',
    expand: { formula: 'k_t', dataDependent: true },
    oscillate: { formula: 'λ (a head and layer); exp(iθ) too in the first layer', dataDependent: false },
    shrink: { formula: 'q_t', dataDependent: true },
    direction: 'either',
    multiAxis: false,
    state: 'd·e',
    cost: 'n·d·e + n·C·d',
    source: 'B.2, B.3',
  },
  channelMixer: 'sglu',
  mix: (x, context, carried) => {
    const { width, heads, layer, layers } = context;
    const length = Number(x.shape[1]);
    let q = silu(linear(x, context, 'query', width));
    let k = silu(linear(x, context, 'key', width));
    if (layer === 0) {
      const tables = rotaryTables(context, length, width / heads, carried);
      q = applyRotary(q, heads, tables);
      k = applyRotary(k, heads, tables);
    }
    const v = linear(x, context, 'value', width);
    const gate = linear(x, context, 'gate', width);
    const logs = tnlLogDecays(layer, layers, heads);
    const mixed = layerRecurrence({ q, k, v, heads, decay: { kind: 'constant', logs } }, context, carried);
    return {
      output: linear(mul(cast(simpleRmsNorm(mixed.output), context.dtype), gate), context, 'out', width),
      carried: { ...mixed.carried, ...(layer === 0 ? nextPosition(context, length, carried) : {}) },
    };
  },
  carriedTypes: (context, batch) => ({
    memory: memoryType(context, batch),
    ...(context.layer === 0 ? { position: POSITION_TYPE } : {}),
  }),
};
