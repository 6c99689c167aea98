import { BACK_SEC, FORWARD_SEC, type Gap } from './clock-survey.js';

/** Decoded frames may lie a little closer together than the packets whose jump the survey found. */
export const SLACK_SEC = 0.1;

/**
 * The expression of `setpts` and `asetpts` that turns the container's clock into the player's time. Its registers hold the
 * time of the frame before (0) and the number of jumps so far (2). A frame without a time stays without one.
 * @param offsetsSec what to add in each piece between two jumps: see ClockReport
 */
export function clockExpression(offsetsSec: readonly number[]): string {
  const jumped = `gt(N,0)*(lt(T,ld(0)-${BACK_SEC - SLACK_SEC})+gt(T,ld(0)+${FORWARD_SEC - SLACK_SEC}))`;
  const steps = offsetsSec.slice(1).map((offset, i) => {
    const step = offset - (offsetsSec[i] ?? 0);
    return step === 0 ? '' : `+gte(ld(2),${i + 1})*(${step.toFixed(6)})`;
  });
  const offset = `(${(offsetsSec[0] ?? 0).toFixed(6)}${steps.join('')})`;
  return `st(2,ld(2)+${jumped});st(0,if(isnan(T),ld(0),T));round(PTS+${offset}/TB)`;
}

/** Silence that stays of a gap: more than the three seconds over which short-term loudness is measured, on both sides. */
const KEPT_SEC = 8;

/** A stretch of silence that is cut out before ffmpeg's filters and inserted again behind them. */
export interface CutSilence {
  /** Where the silence is inserted, on the timeline without the cut stretches. Whole seconds. */
  readonly atSec: number;
  readonly lengthSec: number;
  /** Sound from here on, on the player's timeline, moves forward by `lengthSec`. */
  readonly beforeSec: number;
}

/** What to cut out of the gaps: whole seconds, so that every sample rate has whole samples. */
export function silencesToCut(gaps: readonly Gap[]): CutSilence[] {
  const cuts: CutSilence[] = [];
  let removedSec = 0;
  for (const { startSec, endSec } of gaps) {
    const lengthSec = Math.floor(endSec - startSec - KEPT_SEC);
    if (lengthSec <= 0) continue;
    cuts.push({ atSec: Math.ceil(startSec - removedSec + KEPT_SEC / 2), lengthSec, beforeSec: endSec });
    removedSec += lengthSec;
  }
  return cuts;
}

/** The expression of `setpts` and `asetpts` that moves what lies behind each cut forward. */
export function cutExpression(cuts: readonly { beforeSec: number; lengthSec: number }[]): string {
  const moved = cuts.map(({ beforeSec, lengthSec }) => `gte(T,${(beforeSec - SLACK_SEC).toFixed(6)})*${lengthSec}`);
  return `round(PTS-(${moved.join('+')})/TB)`;
}
