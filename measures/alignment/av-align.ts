/** Flow below this is no peak, in the unit of the flow (guyyariv/TempoTokens, av_align.py). */
const LEAST_FLOW = 0.1;

/**
 * Times in seconds of the peaks of a motion curve: values above both neighbours and not below 0.1.
 * @param flow one mean flow magnitude per frame
 */
export function flowPeaks(flow: ArrayLike<number>, fps: number): number[] {
  const peaks: number[] = [];
  for (let at = 1; at < flow.length - 1; at += 1) {
    const value = flow[at] ?? 0;
    if (value >= LEAST_FLOW && value > (flow[at - 1] ?? 0) && value > (flow[at + 1] ?? 0)) peaks.push(at / fps);
  }
  return peaks;
}

/**
 * AV-Align as published (Yariv et al., 2024; guyyariv/TempoTokens, av_align.py): intersection over union of audio onsets
 * and motion peaks, 0 to 1, higher is better. Every audio peak in order takes the first free motion peak less than one
 * frame away. Without any peak the published code divides by zero; here the result is null: not applicable.
 * On real clips the score does not tell the true offset from a wrong one: use `synchrony` to judge synchrony.
 */
export function avAlign(
  audioPeaksSec: readonly number[],
  motionPeaksSec: readonly number[],
  fps: number,
): number | null {
  const free = new Set(motionPeaksSec.keys());
  let matched = 0;
  for (const onset of audioPeaksSec)
    for (const index of free)
      if (Math.abs(onset - (motionPeaksSec[index] ?? 0)) < 1 / fps) {
        free.delete(index);
        matched += 1;
        break;
      }
  const union = audioPeaksSec.length + motionPeaksSec.length - matched;
  return union === 0 ? null : matched / union;
}
