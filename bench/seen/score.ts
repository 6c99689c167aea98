/** One picture and class: how sure the detector was, and whether it is there. */
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

/** Over all pictures and classes at once. */
export function scoreAt(judged: readonly Prediction[], threshold: number): Score {
  const said = judged.filter(({ confidence }) => confidence >= threshold);
  const right = said.filter(({ there }) => there).length;
  const wanted = judged.filter(({ there }) => there).length;
  const precision = said.length === 0 ? 1 : right / said.length;
  const recall = wanted === 0 ? 1 : right / wanted;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** The hundredth at which F1 is highest. */
export function bestThreshold(judged: readonly Prediction[]): number {
  const candidates = Array.from({ length: 70 }, (_, index) => (index + 15) / 100);
  return candidates.reduce((best, next) => (scoreAt(judged, next).f1 > scoreAt(judged, best).f1 ? next : best));
}
