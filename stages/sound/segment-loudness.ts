import type { LoudnessReading } from '../extract/media-reader.js';

/** EBU R128's absolute gate: blocks below it do not count as programme. */
const ABSOLUTE_GATE_LUFS = -70;
/** A reading's `timeSec` begins the last 100 ms of its 400 ms window, whose middle is 100 ms earlier. */
const WINDOW_MIDDLE_SEC = -0.1;

/**
 * Mean power of the momentary loudness readings (400 ms windows) whose middles lie in each segment, in LUFS. Quiet readings
 * count with their power, so a segment that is half silent is 3 LU quieter than a full one. A segment whose mean lies below
 * -70 LUFS is silent: null. The last segment reaches to the end of the sound.
 */
export async function segmentLoudness(
  readings: AsyncIterable<LoudnessReading>,
  segmentSec: number,
  segments: number,
): Promise<(number | null)[]> {
  const power = new Float64Array(segments);
  const count = new Uint32Array(segments);
  for await (const { timeSec, momentary } of readings) {
    const segment = Math.max(0, Math.min(Math.floor((timeSec + WINDOW_MIDDLE_SEC) / segmentSec), segments - 1));
    power[segment] = (power[segment] ?? 0) + (momentary === null ? 0 : 10 ** (momentary / 10));
    count[segment] = (count[segment] ?? 0) + 1;
  }
  return Array.from(power, (sum, segment) => {
    const lufs = 10 * Math.log10(sum / (count[segment] ?? 1));
    return lufs >= ABSOLUTE_GATE_LUFS ? Math.round(lufs * 100) / 100 : null;
  });
}
