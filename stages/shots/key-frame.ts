/**
 * How sharp and contrasty a picture is: the mean squared difference of neighbouring greens. Blurred, faded and nearly
 * black pictures score low, which is what a key frame must not be.
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

/** Frames of a shot that are looked at: enough to miss a blink, and bounded however long the shot is. */
const CANDIDATES = 9;
/** Share at each end of a shot that is passed over: dissolves, fades and camera starts live there. */
const EDGE = 0.1;

/**
 * Indices of the stored frames to choose a shot's key frame from, evenly spread over its middle. A shot too short to
 * hold a stored frame gets the nearest one. Empty only when nothing was stored.
 *
 * @param frameTimesSec ascending
 */
export function keyFrameCandidates(frameTimesSec: readonly number[], startSec: number, endSec: number): number[] {
  const margin = (endSec - startSec) * EDGE;
  const middle = within(frameTimesSec, startSec + margin, endSec - margin);
  const inside = middle.length > 0 ? middle : within(frameTimesSec, startSec, endSec);
  if (inside.length === 0) {
    const aim = (startSec + endSec) / 2;
    const at = lowerBound(frameTimesSec, aim);
    const distance = (index: number): number => Math.abs((frameTimesSec[index] ?? Infinity) - aim);
    const nearest = distance(at - 1) <= distance(at) ? at - 1 : at;
    return frameTimesSec.length === 0 ? [] : [nearest];
  }
  const step = Math.max(1, inside.length / CANDIDATES);
  return Array.from(
    { length: Math.min(CANDIDATES, inside.length) },
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
