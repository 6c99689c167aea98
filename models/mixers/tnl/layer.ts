import { cast, mul, silu } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import type { MixerLayer } from '../layer.js';
import { nextPosition, POSITION_TYPE, rotaryTurns, turn } from '../lrpe/rotary.js';
import { memoryType, remember } from '../recurrence/layer-memory.js';

/**
 * The paper's fixed schedule `λ = exp(-(8h/H)(1 - l/L))`, h = 1..H and l = 1..L: heads forget from slowly to fast, layers
 * less and less, the last one nothing (methods.md B.3; the published example code has another schedule).
 */
export function tnlLogDecays(layer: number, layers: number, heads: number): readonly number[] {
  return Array.from({ length: heads }, (_, h) => -((8 * (h + 1)) / heads) * (1 - (layer + 1) / layers));
}

/** Gated linear attention with a fixed decay a head; LRPE-d (rotary times decay) in the first layer only. */
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
  mix: (x, place, carried) => {
    const { width, heads, layer, layers } = place;
    const length = Number(x.shape[1]);
    let q = silu(linear(x, place, 'query', width));
    let k = silu(linear(x, place, 'key', width));
    if (layer === 0) {
      const turns = rotaryTurns(place, length, width / heads, carried);
      q = turn(q, heads, turns);
      k = turn(k, heads, turns);
    }
    const v = linear(x, place, 'value', width);
    const gate = linear(x, place, 'gate', width);
    const logs = tnlLogDecays(layer, layers, heads);
    const mixed = remember({ q, k, v, heads, decay: { kind: 'constant', logs } }, place, carried);
    return {
      output: linear(mul(cast(simpleRmsNorm(mixed.output), place.dtype), gate), place, 'out', width),
      carried: { ...mixed.carried, ...(layer === 0 ? nextPosition(place, length, carried) : {}) },
    };
  },
  carriedTypes: (place, batch) => ({
    memory: memoryType(place, batch),
    ...(place.layer === 0 ? { position: POSITION_TYPE } : {}),
  }),
};
