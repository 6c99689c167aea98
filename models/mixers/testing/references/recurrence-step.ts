/** The memory S of one head, [keyWidth, valueWidth] row-major, after the steps taken so far. */
export interface DecayState {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly memory: Float64Array;
}

export interface DecayStep {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** One number, or one for each key channel; log of the decay, <= 0. */
  readonly logDecay: Float64Array;
}

export function createDecayState(keyWidth: number, valueWidth: number): DecayState {
  return { keyWidth, valueWidth, memory: new Float64Array(keyWidth * valueWidth) };
}

/** `S <- diag(exp g) S + k v^T; o = S^T q` in place: the streaming form of every member with an elementwise memory. */
export function stepDecay(state: DecayState, step: DecayStep): Float64Array {
  const { keyWidth, valueWidth, memory } = state;
  const out = new Float64Array(valueWidth);
  for (let c = 0; c < keyWidth; c++) {
    const keep = Math.exp(step.logDecay[step.logDecay.length === 1 ? 0 : c] ?? Number.NaN);
    const key = step.k[c] ?? Number.NaN;
    const query = step.q[c] ?? Number.NaN;
    for (let j = 0; j < valueWidth; j++) {
      const cell = keep * (memory[c * valueWidth + j] ?? Number.NaN) + key * (step.v[j] ?? Number.NaN);
      memory[c * valueWidth + j] = cell;
      out[j] = (out[j] ?? Number.NaN) + query * cell;
    }
  }
  return out;
}

/**
 * LASP's hand-over (methods.md B.11): `first` then `second` as one stretch, where `second` was run from an empty memory
 * and kept its total log decay. `S = exp(total) S_first + S_second`.
 */
export function joinDecayStates(first: DecayState, second: DecayState, totalLogDecay: Float64Array): DecayState {
  const joined = createDecayState(first.keyWidth, first.valueWidth);
  for (let c = 0; c < first.keyWidth; c++) {
    const keep = Math.exp(totalLogDecay[totalLogDecay.length === 1 ? 0 : c] ?? Number.NaN);
    for (let j = 0; j < first.valueWidth; j++) {
      const index = c * first.valueWidth + j;
      joined.memory[index] = keep * (first.memory[index] ?? Number.NaN) + (second.memory[index] ?? Number.NaN);
    }
  }
  return joined;
}
