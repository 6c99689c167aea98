/**
 * Sharpness and contrast of a picture: the mean squared difference of neighbouring pixels in the green channel. Blurred,
 * faded and nearly black pictures, which make poor key frames, score low.
 *
 * @param rgb height × width × 3 uint8
 */
export function sharpness(rgb: Uint8Array, width: number, height: number): number {
  let sum = 0;
  for (let y = 1; y < height; y += 1) {
    for (let at = (y * width + 1) * 3 + 1, end = (y + 1) * width * 3; at < end; at += 3) {
      const centre = rgb[at] ?? 0;
      const dx = centre - (rgb[at - 3] ?? 0);
      const dy = centre - (rgb[at - width * 3] ?? 0);
      sum += dx * dx + dy * dy;
    }
  }
  return sum / Math.max(1, (width - 1) * (height - 1));
}

/** Frames of a shot that are compared: enough to avoid a blink, and bounded however long the shot is. */
const MAX_CANDIDATES = 9;
/** Share at each end of a shot that is left out, because dissolves, fades and starts of camera movements lie there. */
const EDGE_SHARE = 0.1;

/**
 * Indices of the stored frames among which the key frame of a shot is chosen, evenly spread over the middle of the shot. A
 * shot too short to hold a stored frame gets the nearest one. Empty only when no frame was stored.
 *
 * @param frameTimesSec ascending
 */
export function keyFrameCandidates(frameTimesSec: readonly number[], startSec: number, endSec: number): number[] {
  const margin = (endSec - startSec) * EDGE_SHARE;
  const middle = within(frameTimesSec, startSec + margin, endSec - margin);
  const inside = middle.length > 0 ? middle : within(frameTimesSec, startSec, endSec);
  if (inside.length === 0) {
    const middleSec = (startSec + endSec) / 2;
    const at = lowerBound(frameTimesSec, middleSec);
    const distance = (index: number): number => Math.abs((frameTimesSec[index] ?? Infinity) - middleSec);
    const nearest = distance(at - 1) <= distance(at) ? at - 1 : at;
    return frameTimesSec.length === 0 ? [] : [nearest];
  }
  const step = Math.max(1, inside.length / MAX_CANDIDATES);
  return Array.from(
    { length: Math.min(MAX_CANDIDATES, inside.length) },
    (_, i) => inside[Math.floor((i + 0.5) * step)],
  ).filter((index) => index !== undefined);
}

function within(times: readonly number[], fromSec: number, toSec: number): number[] {
  const first = lowerBound(times, fromSec);
  const end = lowerBound(times, toSec);
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
}

/** The first index whose time is not before `sec`. */
function lowerBound(times: readonly number[], sec: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) < sec) low = middle + 1;
    else high = middle;
  }
  return low;
}
