import type { PyramidLevel } from './luma-pyramid.js';

/** Largest jump between two frames as a share of the width: 0.19 is 4.7 widths per second at 25 fps, a whip pan. */
const REACH = 0.19;
/** Differences above this belong to objects that move by themselves, which must not outweigh the background. */
const CAP = 40;
/** Another offset must be a tenth better than none, because flat pictures match anywhere. */
const ZERO_OFFSET_WEIGHT = 0.9;

/** Finds, by exhaustive search, the whole-pixel offset (x, y) at which `current` matches `previous` best. For the smallest level. */
export function coarseSearch(previous: PyramidLevel, current: PyramidLevel, offset: { x: number; y: number }): void {
  const reachX = Math.min(Math.round(current.width * REACH), (current.width - 1) >> 1);
  const reachY = Math.min(Math.round(current.height * REACH), (current.height - 1) >> 1);
  offset.x = 0;
  offset.y = 0;
  let best = cappedDifference(previous, current, 0, 0, CAP) * ZERO_OFFSET_WEIGHT;
  for (let y = -reachY; y <= reachY; y += 1) {
    for (let x = -reachX; x <= reachX; x += 1) {
      const difference = cappedDifference(previous, current, x, y, best);
      if (difference >= best) continue;
      best = difference;
      offset.x = x;
      offset.y = y;
    }
  }
}

/** Mean capped absolute difference over the area that both pictures show; Infinity as soon as it must exceed `limit`. */
function cappedDifference(
  previous: PyramidLevel,
  current: PyramidLevel,
  dx: number,
  dy: number,
  limit: number,
): number {
  const { width, height, luma } = current;
  const before = previous.luma;
  const fromX = dx > 0 ? dx : 0;
  const toX = dx < 0 ? width + dx : width;
  const fromY = dy > 0 ? dy : 0;
  const toY = dy < 0 ? height + dy : height;
  const count = (toX - fromX) * (toY - fromY);
  const maxSum = limit * count;
  const shift = -dy * width - dx;
  let sum = 0;
  for (let y = fromY; y < toY; y += 1) {
    for (let at = y * width + fromX, end = y * width + toX; at < end; at += 1) {
      const difference = (luma[at] ?? 0) - (before[at + shift] ?? 0);
      const over = (difference ^ (difference >> 31)) - (difference >> 31) - CAP;
      sum += CAP + (over & (over >> 31));
    }
    if (sum > maxSum) return Infinity;
  }
  return sum / count;
}
