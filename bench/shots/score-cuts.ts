export interface CutScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Precision, recall and F1 of one-to-one matches in temporal order; both lists must be ascending. */
export function scoreCuts(found: readonly number[], truth: readonly number[], toleranceSec: number): CutScore {
  let hits = 0;
  let next = 0;
  for (const cut of found) {
    while (next < truth.length && (truth[next] ?? 0) < cut - toleranceSec) next += 1;
    const wanted = truth[next];
    if (wanted === undefined || wanted > cut + toleranceSec) continue;
    hits += 1;
    next += 1;
  }
  const precision = found.length === 0 ? 0 : hits / found.length;
  const recall = truth.length === 0 ? 0 : hits / truth.length;
  return { precision, recall, f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}
