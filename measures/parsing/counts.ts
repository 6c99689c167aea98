import { runsOf, type LabelGrid, type Run } from './label-grid.js';

/** True positives, false positives and false negatives of one class. */
export interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** Intersection over union from which a predicted and a true event match, inclusive. */
export const EVENT_IOU = 0.5;

export const NO_COUNTS: Counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
  };
}

/** F1 of counts, 0 to 1; null where nothing was predicted and nothing is true. */
export function f1Of({ truePositives, falsePositives, falseNegatives }: Counts): number | null {
  const total = 2 * truePositives + falsePositives + falseNegatives;
  return total === 0 ? null : (2 * truePositives) / total;
}

/** Counts of segments, one entry per class. */
export function segmentCounts(predicted: LabelGrid, truth: LabelGrid): Counts[] {
  return Array.from({ length: truth.classes }, (_, classIndex) => {
    const ours = predicted.row(classIndex);
    const theirs = truth.row(classIndex);
    const counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0 };
    for (let at = 0; at < truth.segments; at += 1) {
      const isPredicted = ours[at] === 1;
      const isTrue = theirs[at] === 1;
      if (isPredicted && isTrue) counts.truePositives += 1;
      else if (isPredicted) counts.falsePositives += 1;
      else if (isTrue) counts.falseNegatives += 1;
    }
    return counts;
  });
}

/**
 * Counts of events, one entry per class. A predicted event that reaches the IoU with some true event is a true positive,
 * else a false positive; a true event that no prediction reaches is a false negative. There is no assignment step, and
 * none is needed: the runs of a row are disjoint, so at most one prediction can reach one half with a true event.
 */
export function eventCounts(predicted: LabelGrid, truth: LabelGrid): Counts[] {
  return Array.from({ length: truth.classes }, (_, classIndex) => {
    const ours = runsOf(predicted.row(classIndex));
    const theirs = runsOf(truth.row(classIndex));
    const truePositives = ours.filter((run) => theirs.some((other) => matches(run, other))).length;
    return {
      truePositives,
      falsePositives: ours.length - truePositives,
      falseNegatives: theirs.filter((run) => !ours.some((other) => matches(run, other))).length,
    };
  });
}

function matches([start, end]: Run, [otherStart, otherEnd]: Run): boolean {
  const intersection = Math.min(end, otherEnd) - Math.max(start, otherStart);
  const union = Math.max(end, otherEnd) - Math.min(start, otherStart);
  return intersection > 0 && intersection >= EVENT_IOU * union;
}
