import { cast, concat, cos, mul, reshape, sin, type Tensor } from '../../graph/index.js';
import { parameter, type Place } from '../layer.js';
import type { Turns } from './rotary.js';
import { defaultFrequencies } from './unitary.js';

/**
 * MD-LRPE's angles (methods.md B.4): coordinate s_j of every axis times that axis' share of the frequencies, learned.
 * [T, H, d] cosines and sines, float32 inside.
 */
export function cosineTurns(place: Place, axes: readonly number[], keyWidth: number): Turns {
  const { graph, heads, dtype } = place;
  const length = axes.reduce((product, size) => product * size, 1);
  const share = Math.ceil(keyWidth / axes.length);
  const frequencies = defaultFrequencies(share, 2 * share);
  const theta = parameter(place, 'theta', [heads, keyWidth], {
    kind: 'values',
    values: (index) => frequencies[(index % keyWidth) % share] ?? Number.NaN,
  });
  const coordinates = new Float32Array(length * keyWidth);
  for (let t = 0; t < length; t++)
    for (let c = 0; c < keyWidth; c++) coordinates[t * keyWidth + c] = coordinate(t, axes, Math.floor(c / share));
  const angles = mul(graph.constant('float32', [length, 1, keyWidth], coordinates), cast(theta, 'float32'));
  return { cos: cast(cos(angles), dtype), sin: cast(sin(angles), dtype) };
}

/** `[x cos Θ, x sin Θ]` of every head: [B, T, H·d] to [B, T, H·2d]. */
export function widen(x: Tensor, heads: number, turns: Turns): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  const perHead = reshape(x, [batch, length, heads, Number(width) / heads]);
  return reshape(concat([mul(perHead, turns.cos), mul(perHead, turns.sin)], -1), [batch, length, 2 * Number(width)]);
}

/** Position along `axis` of step `t` of a sequence flattened from `axes`, slowest first. */
function coordinate(t: number, axes: readonly number[], axis: number): number {
  const inner = axes.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Math.floor(t / inner) % (axes[axis] ?? 1);
}
