/** Every key and value so far, row after row: the memory that grows with the sequence. */
export interface SeenSteps {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly keys: number[];
  readonly values: number[];
}

export function createSeenSteps(keyWidth: number, valueWidth: number): SeenSteps {
  return { keyWidth, valueWidth, keys: [], values: [] };
}

/** Softmax attention of one more step with all before it and itself: a running maximum, no second pass. */
export function stepAttention(
  state: SeenSteps,
  step: { readonly q: Float64Array; readonly k: Float64Array; readonly v: Float64Array },
): Float64Array {
  const { keyWidth, valueWidth, keys, values } = state;
  keys.push(...step.k);
  values.push(...step.v);
  const out = new Float64Array(valueWidth);
  let [peak, total] = [-Infinity, 0];
  for (let s = 0; s < keys.length / keyWidth; s++) {
    let score = 0;
    for (let c = 0; c < keyWidth; c++) score += (step.q[c] ?? Number.NaN) * (keys[s * keyWidth + c] ?? Number.NaN);
    score /= Math.sqrt(keyWidth);
    const highest = Math.max(peak, score);
    const [kept, weight] = [Math.exp(peak - highest), Math.exp(score - highest)];
    peak = highest;
    total = total * kept + weight;
    for (let j = 0; j < valueWidth; j++)
      out[j] = (out[j] ?? Number.NaN) * kept + weight * (values[s * valueWidth + j] ?? Number.NaN);
  }
  return out.map((value) => value / total);
}

export interface RunningSum {
  steps: number;
  readonly sum: Float64Array;
}

export function createSum(width: number): RunningSum {
  return { steps: 0, sum: new Float64Array(width) };
}

/** The mean of this step and all before it. */
export function stepAverage(state: RunningSum, v: Float64Array): Float64Array {
  state.steps++;
  v.forEach((value, i) => (state.sum[i] = (state.sum[i] ?? Number.NaN) + value));
  return state.sum.map((value) => value / state.steps);
}
