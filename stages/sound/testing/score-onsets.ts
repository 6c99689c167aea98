import { OnsetPeaks } from '../onset-peaks.js';
import { OnsetStrength } from '../onset-strength.js';

/** The tolerance of MIREX's onset task. */
export const ONSET_TOLERANCE_SEC = 0.05;

export function findOnsets(samples: Float32Array, sampleRateHz: number): number[] {
  const strength = new OnsetStrength(sampleRateHz);
  const peaks = new OnsetPeaks();
  const onsets: number[] = [];
  const pickOnset = (value: number, levelDb: number): void => {
    const onset = peaks.push(value, levelDb);
    if (onset !== null) onsets.push(onset);
  };
  strength.push(samples, pickOnset);
  return [...onsets, ...peaks.finish()];
}

interface Matches {
  readonly hits: number;
  readonly errorsSec: readonly number[];
}

/** One-to-one, in order of time: each found onset is matched with the first unused true onset within the tolerance. */
export function matchOnsets(found: readonly number[], truth: readonly number[], toleranceSec: number): Matches {
  const errorsSec: number[] = [];
  let next = 0;
  for (const onset of found) {
    while (next < truth.length && (truth[next] ?? 0) < onset - toleranceSec) next += 1;
    const wanted = truth[next];
    if (wanted === undefined || wanted > onset + toleranceSec) continue;
    errorsSec.push(onset - wanted);
    next += 1;
  }
  return { hits: errorsSec.length, errorsSec };
}
