import { cast, concat, cos, expand, mul, reshape, sin, slice, type Tensor } from '../../graph/index.js';
import { parameter, withFloat32Parameters, type LayerContext } from '../layer.js';
import { anglesAlong } from './angles.js';
import { defaultFrequencies, type AngleTables } from './rotary.js';

/**
 * Cosines and sines of MD-LRPE (methods.md B.4), [T, H, d] each: every axis has a share of the channels, and the angle is the
 * coordinate on that axis times a learned frequency. Computed in float32.
 */
export function cosineTables(context: LayerContext, axes: readonly number[], keyWidth: number): AngleTables {
  const { heads, dtype } = context;
  const length = axes.reduce((product, size) => product * size, 1);
  const shares = axes.map((_, axis) => channelsOfAxis(axis, axes.length, keyWidth));
  const frequencies = shares.flatMap(([from, to]) => [...defaultFrequencies(to - from)]);
  const theta = parameter(withFloat32Parameters(context), 'theta', [heads, keyWidth], {
    kind: 'values',
    values: (index) => frequencies[index % keyWidth] ?? Number.NaN,
  });
  const perAxis = axes.flatMap((size, axis) => {
    const [from, to] = shares[axis] ?? [0, 0];
    if (from === to) return [];
    const along = anglesAlong(size, slice(theta, 1, from, to));
    const others = axes.map((_, other) => (other === axis ? size : 1));
    return [expand(reshape(along, [...others, heads, to - from]), [...axes, heads, to - from])];
  });
  const angles = reshape(concat(perAxis, -1), [length, heads, keyWidth]);
  return { cos: cast(cos(angles), dtype), sin: cast(sin(angles), dtype) };
}

/** The key channels `from` to `to` - 1 that encode the position along `axis`; the shares differ by at most one channel. */
export function channelsOfAxis(axis: number, axes: number, keyWidth: number): readonly [from: number, to: number] {
  return [Math.floor((axis * keyWidth) / axes), Math.floor(((axis + 1) * keyWidth) / axes)];
}

/** `[x cos Θ, x sin Θ]` for every head: [B, T, H·d] to [B, T, H·2d]. */
export function applyCosine(x: Tensor, heads: number, tables: AngleTables): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  const perHead = reshape(x, [batch, length, heads, Number(width) / heads]);
  return reshape(concat([mul(perHead, tables.cos), mul(perHead, tables.sin)], -1), [batch, length, 2 * Number(width)]);
}
