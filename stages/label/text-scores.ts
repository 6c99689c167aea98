/*
 * Scores from cosine similarities, for models that compare an embedding with the embedding of any text (CLIP, CLAP).
 *
 * A cosine alone is not comparable across models: with CLIP the right caption has 0.33 and a wrong one 0.18, with CLAP 0.38
 * and -0.05, and thresholds tuned on one checkpoint fail on the next (methods.md A.7.1). Each segment is therefore compared
 * with a fixed background vocabulary of everyday things that are mostly absent. A label is present when it fits the segment
 * much better than the background does, measured in standard deviations of the background. For wrong texts that z-score has
 * mean 0 and deviation 1 with both models (docs/decisions/0008-text-scores.md), so one rule serves every encoder.
 */

/**
 * Standard deviations above the background from which a label counts as present: 2.3 % of wrong labels pass if the
 * background is normally distributed. It follows from that error rate and is not tuned.
 */
const PRESENT_AT_DEVIATIONS = 2;

/**
 * Log-odds per standard deviation. Linear discriminants between right and wrong texts have 2.9 (AudioCaps captions) and 1.1
 * (single nouns on photos). This lies between them; the slope does not change any decision.
 */
const LOG_ODDS_PER_DEVIATION = 2;

/**
 * @param rows embeddings, L2-normalised: [count, width]
 * @param labels label embeddings, L2-normalised: [labels, width]
 * @param background embeddings of the background vocabulary, L2-normalised: [at least 2, width]
 * @param logitScale of the model; it cancels out in the z-score
 * @returns log-odds, 0 = decided present: [count, labels]
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
    const { mean, deviation } = meanAndDeviation(logits(embedding, background, width, logitScale));
    logits(embedding, labels, width, logitScale).forEach((logit, label) => {
      const zScore = (logit - mean) / deviation;
      logOdds[row * labelCount + label] = LOG_ODDS_PER_DEVIATION * (zScore - PRESENT_AT_DEVIATIONS);
    });
  }
  return logOdds;
}

/** exp(logit_scale) × cosine of one embedding with each text. */
function logits(embedding: Float32Array, texts: Float32Array, width: number, logitScale: number): Float64Array {
  return Float64Array.from({ length: texts.length / width }, (_, text) => {
    let sum = 0;
    for (let i = 0; i < width; i += 1) sum += (embedding[i] ?? 0) * (texts[text * width + i] ?? 0);
    return logitScale * sum;
  });
}

function meanAndDeviation(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // The background embeddings are all equal only with a broken text encoder, which must not make any label certain.
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-6) };
}
