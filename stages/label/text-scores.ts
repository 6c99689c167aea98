/**
 * From cosines to scores, for models that compare an embedding with the embedding of any text (CLIP, CLAP).
 *
 * A cosine says nothing by itself: with CLIP the right caption lies at 0.33 and a wrong one at 0.18, with CLAP at 0.38 and
 * -0.05, and thresholds tuned on one checkpoint fail on the next (methods.md A.7.1). So each segment carries its own
 * yardstick: a fixed vocabulary of everyday things that are mostly not there. A label is present when it fits the segment
 * far better than those do, counted in their standard deviations. Over wrong texts that number has mean 0 and deviation 1
 * for both models (docs/decisions/0008-text-scores.md), so one rule serves every encoder.
 */

/**
 * Deviations above the background at which a label counts as present: where a normal background would let 2.3 % of
 * wrong labels pass. A stated error rate, not a tuned threshold.
 */
export const PRESENT_AT_DEVIATIONS = 2;

/**
 * Log-odds a deviation. Linear discriminants between right and wrong texts have 2.9 (AudioCaps captions) and 1.1 (single
 * nouns on photos); between them, for the score's slope does not move a decision.
 */
const LOG_ODDS_PER_DEVIATION = 2;

/**
 * @param rows embeddings, L2-normalised: [count, width]
 * @param labels label embeddings, L2-normalised: [labels, width]
 * @param background embeddings of the background vocabulary, L2-normalised: [at least 2, width]
 * @param logitScale the model's own; it cancels out, which is the point
 * @returns log-odds, 0 = present: [count, labels]
 */
export function presenceLogOdds(
  rows: Float32Array,
  labels: Float32Array,
  background: Float32Array,
  width: number,
  logitScale: number,
): Float32Array {
  const count = rows.length / width;
  const labelCount = labels.length / width;
  const logOdds = new Float32Array(count * labelCount);
  for (let row = 0; row < count; row += 1) {
    const embedding = rows.subarray(row * width, (row + 1) * width);
    const yardstick = meanAndDeviation(logits(embedding, background, width, logitScale));
    logits(embedding, labels, width, logitScale).forEach((logit, label) => {
      const deviations = (logit - yardstick.mean) / yardstick.deviation;
      logOdds[row * labelCount + label] = LOG_ODDS_PER_DEVIATION * (deviations - PRESENT_AT_DEVIATIONS);
    });
  }
  return logOdds;
}

/** exp(logit_scale) × cosine of one embedding with each text. */
export function logits(embedding: Float32Array, texts: Float32Array, width: number, logitScale: number): Float64Array {
  return Float64Array.from({ length: texts.length / width }, (_, text) => {
    let sum = 0;
    for (let i = 0; i < width; i += 1) sum += (embedding[i] ?? 0) * (texts[text * width + i] ?? 0);
    return logitScale * sum;
  });
}

function meanAndDeviation(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // A background that is all alike (a broken or random text encoder) must not turn noise into certainty.
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-6) };
}
