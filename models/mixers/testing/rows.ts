/** Pseudo-random numbers in [-1, 1], without a period that could coincide with a chunk. */
export function noise(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761) | 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** |found - wanted| / |wanted|; NaN if either contains NaN, Infinity if the lengths differ. */
export function relativeError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Infinity;
  let difference = 0;
  let size = 1e-30;
  for (let i = 0; i < wanted.length; i++) {
    difference += ((found[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN)) ** 2;
    size += (wanted[i] ?? Number.NaN) ** 2;
  }
  return Math.sqrt(difference / size);
}
