import type { Values } from '../graph/index.js';

/** How a learned tensor begins. */
export type Initial =
  /** Normal with this standard deviation. */
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'values'; readonly values: (index: number) => number };

/** Where the values of a network's parameters come from: drawn, or from an earlier training. */
export type ParameterSource = (name: string, shape: readonly number[], initial: Initial) => Values;

/** Draws every parameter from its own stream, seeded by its name: adding one changes no other. */
export function seededParameters(seed: number): ParameterSource {
  return (name, shape, initial) => {
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (initial.kind === 'values') return Float32Array.from({ length: count }, (_, index) => initial.values(index));
    const next = normalNumbers(hash(name, seed));
    return Float32Array.from({ length: count }, () => initial.deviation * next());
  };
}

/** Values of a trained network, by parameter name; what it does not name is drawn. */
export function storedParameters(values: ReadonlyMap<string, Values>, otherwise: ParameterSource): ParameterSource {
  return (name, shape, initial) => values.get(name) ?? otherwise(name, shape, initial);
}

/** FNV-1a over the name, begun with the seed. */
function hash(name: string, seed: number): number {
  let state = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return state;
}

/** Mulberry32 through the Box-Muller transform. */
function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
