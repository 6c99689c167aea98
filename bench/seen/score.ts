/** The detector's confidence for one class in one picture, and whether the class is there. */
export interface Prediction {
  readonly name: string;
  readonly confidence: number;
  readonly there: boolean;
}

export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Precision, recall and F1 over all pictures and classes. */
export function scoreAt(predictions: readonly Prediction[], threshold: number): Score {
  const positives = predictions.filter(({ confidence }) => confidence >= threshold);
  const right = positives.filter(({ there }) => there).length;
  const actual = predictions.filter(({ there }) => there).length;
  const precision = positives.length === 0 ? 1 : right / positives.length;
  const recall = actual === 0 ? 1 : right / actual;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** The threshold from 0.15 to 0.84, in steps of 0.01, at which F1 is highest. */
export function bestThreshold(predictions: readonly Prediction[]): number {
  const candidates = Array.from({ length: 70 }, (_, index) => (index + 15) / 100);
  return candidates.reduce((best, next) =>
    scoreAt(predictions, next).f1 > scoreAt(predictions, best).f1 ? next : best,
  );
}
