/** Running maximum, denominator and numerator of each key channel (methods.md B.4, the safe streaming form). */
export interface LightNetState {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly peak: Float64Array;
  readonly denominator: Float64Array;
  readonly numerator: Float64Array;
}

export interface LightNetStep {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** -Infinity leaves the step out: that is how padding is masked. */
  readonly logits: Float64Array;
}

export function createLightNetState(keyWidth: number, valueWidth: number): LightNetState {
  return {
    keyWidth,
    valueWidth,
    peak: new Float64Array(keyWidth).fill(-Infinity),
    denominator: new Float64Array(keyWidth),
    numerator: new Float64Array(keyWidth * valueWidth),
  };
}

export function stepLightNet(state: LightNetState, step: LightNetStep): Float64Array {
  const { keyWidth, valueWidth, peak, denominator, numerator } = state;
  const out = new Float64Array(valueWidth);
  for (let c = 0; c < keyWidth; c++) {
    const before = peak[c] ?? Number.NaN;
    const logit = step.logits[c] ?? Number.NaN;
    const after = Math.max(before, logit);
    // Both -Infinity before the first unmasked step: nothing is remembered and nothing comes in.
    const keep = before === -Infinity ? 0 : Math.exp(before - after);
    const weight = logit === -Infinity ? 0 : Math.exp(logit - after);
    peak[c] = after;
    const total = keep * (denominator[c] ?? Number.NaN) + weight;
    denominator[c] = total;
    for (let j = 0; j < valueWidth; j++) {
      const index = c * valueWidth + j;
      const cell =
        keep * (numerator[index] ?? Number.NaN) + weight * (step.k[c] ?? Number.NaN) * (step.v[j] ?? Number.NaN);
      numerator[index] = cell;
      if (total > 0) out[j] = (out[j] ?? Number.NaN) + ((step.q[c] ?? Number.NaN) * cell) / total;
    }
  }
  return out;
}
