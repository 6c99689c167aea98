import { MICROSECONDS, compareInstants, fromDecimalSeconds, instant, type Instant } from '../../../core/time.js';
import type { DecodeRequest } from '../decode/decode-plan.js';
import { fileTarget, SAFETY_OPTIONS, inputSafetyOptions } from '../ffmpeg/command.js';
import { runProcess } from '../ffmpeg/process.js';
import { formatSeconds } from './picture-span.js';

/** Packets read after each seek: more than any codec reorders. */
const PACKETS = 24;
/**
 * A key frame further before its target than this share of a shard costs more than the shard gains, or the file has no
 * index by which a nearer key frame could be found.
 */
const FARTHEST_SHARE = 0.5;
const PROBE_LIMIT_SEC = 60;
const ANSWER_BYTES = 2 ** 20;

/**
 * Asks the demuxer where decoding would begin for each target (microseconds on the player's timeline).
 * @returns why a decoder that begins there might give other frames than one that decodes from the start; null when
 *   nothing indicates that
 */
export async function findSeekProblem(
  { path, demuxer, params, probed, video }: DecodeRequest,
  targets: readonly number[],
  shardSec: number,
  signal: AbortSignal,
): Promise<string | null> {
  if (!video) return 'there is no picture';
  const origin = Math.max(0, probed.start.ticks);
  let answer = '';
  const outcome = await runProcess({
    program: 'ffprobe',
    args: [
      ...SAFETY_OPTIONS,
      ...inputSafetyOptions(demuxer),
      ...['-select_streams', `${video.stream.index}`, '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0'],
      ...['-read_intervals', targets.map((target) => `${formatSeconds(target + origin)}%+#${PACKETS}`).join(',')],
      ...['-i', fileTarget(path)],
    ],
    path,
    signal,
    wallClockSec: Math.min(params.stallSec, PROBE_LIMIT_SEC),
    stallSec: null,
    pipes: [
      async (chunks) => {
        for await (const chunk of chunks) if (answer.length < ANSWER_BYTES) answer += chunk.toString('latin1');
      },
    ],
  });
  const lines = answer.split('\n').filter((line) => line !== '');
  if (outcome.exitCode !== 0 || outcome.stderrTotal > 0) return 'the demuxer complains when it seeks';
  if (lines.length !== targets.length * PACKETS) return 'the picture ends before the file does';
  for (const [index, target] of targets.entries()) {
    const wanted = instant(target + origin, MICROSECONDS);
    const problem = findPacketProblem(lines.slice(index * PACKETS, (index + 1) * PACKETS), wanted, shardSec);
    if (problem !== null) return `${problem} near ${(target / 1e6).toFixed(1)} s`;
  }
  return null;
}

/**
 * Checks the packets that were read after one seek.
 * @param lines `pts_time,flags` of each packet, in decoding order
 */
export function findPacketProblem(lines: readonly string[], wanted: Instant, shardSec: number): string | null {
  const packets = lines.map((line) => {
    const [time = '', flags = ''] = line.split(',');
    return { start: fromDecimalSeconds(time), flags };
  });
  const key = packets[0]?.start;
  if (!key || packets.some(({ start }) => start === null)) return 'packets without a time';
  if (packets[0]?.flags.startsWith('K') !== true) return 'no key frame to begin with';
  if (packets.some(({ flags }) => flags.includes('D'))) return 'an edit list';
  const farthest = Math.round(FARTHEST_SHARE * shardSec * MICROSECONDS.den);
  if (compareInstants(key, wanted) > 0) return 'seeking overshoots';
  if (wanted.ticks - key.ticks > farthest) return 'no index, or no key frame';
  if (packets.some(({ start }) => start && compareInstants(start, key) < 0)) return 'an open group of pictures';
  return null;
}
