import type { BadSamples, DecodeHooks } from '../decode/decode.js';
import { inputOf, type DecodeRequest } from '../decode/decode-plan.js';
import { composeArguments } from '../ffmpeg/command.js';
import { runProcess } from '../ffmpeg/process.js';
import type { AudioTrack } from '../probe/tracks.js';
import { holdsFloats } from './sound-graph.js';

/**
 * Counts the samples that are no finite numbers. Only uncompressed floats can hold them, and reading those costs little.
 * @returns null when there are none
 * @throws what `runProcess` throws
 */
export async function countBadSamples(
  request: DecodeRequest,
  audio: AudioTrack,
  { signal }: DecodeHooks,
): Promise<BadSamples | null> {
  if (!holdsFloats(audio)) return null;
  const { path, params } = request;
  const frameBytes = audio.channels * Float32Array.BYTES_PER_ELEMENT;
  let [count, first, last, frames] = [0, 0, 0, 0];
  let rest = Buffer.alloc(0);
  const output = {
    options: ['-map', `0:${audio.stream.index}`, '-c:a', 'pcm_f32le'],
    format: 'f32le',
    target: 'pipe:3',
  };
  await runProcess({
    program: 'ffmpeg',
    args: composeArguments(inputOf({ ...request, video: null }), [], [output]),
    path,
    signal,
    wallClockSec: params.wallClockSec,
    stallSec: params.stallSec,
    pipes: [
      async (chunks) => {
        for await (const chunk of chunks) if (chunk.length === 0) return;
      },
      async (chunks) => {
        for await (const chunk of chunks) {
          const bytes = Buffer.concat([rest, chunk]);
          const whole = bytes.length - (bytes.length % frameBytes);
          const samples = new Float32Array(new Uint8Array(bytes.subarray(0, whole)).buffer);
          for (let i = 0; i < samples.length; i++)
            if (!Number.isFinite(samples[i])) {
              last = frames + Math.floor(i / audio.channels);
              if (count === 0) first = last;
              count += 1;
            }
          frames += samples.length / audio.channels;
          rest = Buffer.from(bytes.subarray(whole));
        }
      },
    ],
  });
  if (count === 0) return null;
  return { count, startSec: first / audio.sampleRateHz, endSec: (last + 1) / audio.sampleRateHz };
}
