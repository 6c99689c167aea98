import type { Values } from '../graph/index.js';

/** Initial values of a learned tensor. */
export type Initial =
  /** Drawn from a normal distribution with this standard deviation. */
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'values'; readonly values: (index: number) => number };

/** Supplies the values of a network's parameters: drawn at random, or taken from an earlier training. */
export type ParameterSource = (name: string, shape: readonly number[], initial: Initial) => Values;

/** Draws every parameter from its own random stream, seeded by its name, so that adding a parameter changes no other. */
export function seededParameters(seed: number): ParameterSource {
  return (name, shape, initial) => {
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (initial.kind === 'values') return Float32Array.from({ length: count }, (_, index) => initial.values(index));
    const next = normalNumbers(hash(name, seed));
    return Float32Array.from({ length: count }, () => initial.deviation * next());
  };
}

/** Takes the values of a trained network by parameter name; `otherwise` supplies those that are missing. */
export function storedParameters(values: ReadonlyMap<string, Values>, otherwise: ParameterSource): ParameterSource {
  return (name, shape, initial) => values.get(name) ?? otherwise(name, shape, initial);
}

/** FNV-1a over the name, with the seed in its initial state. */
function hash(name: string, seed: number): number {
  let state = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return state;
}

/** Normal numbers: Mulberry32 through the Box-Muller transform. */
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
