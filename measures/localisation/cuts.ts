import type { Counts } from '../parsing/counts.js';

/**
 * Matches predicted with true cuts, each at most once, where they differ by at most the tolerance. Going through both in
 * order of time finds the largest possible matching, because all tolerances are equal.
 * @param predicted times in seconds, in any order
 */
export function cutCounts(predicted: readonly number[], truth: readonly number[], toleranceSec: number): Counts {
  const ours = [...predicted].sort((a, b) => a - b);
  const theirs = [...truth].sort((a, b) => a - b);
  let truePositives = 0;
  let next = 0;
  for (const cut of theirs) {
    while ((ours[next] ?? Infinity) < cut - toleranceSec) next += 1;
    if ((ours[next] ?? Infinity) > cut + toleranceSec) continue;
    truePositives += 1;
    next += 1;
  }
  return {
    truePositives,
    falsePositives: ours.length - truePositives,
    falseNegatives: theirs.length - truePositives,
  };
}
