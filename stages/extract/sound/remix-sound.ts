import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecodeHooks } from '../decode/decode.js';
import { inputOf, type DecodeRequest } from '../decode/decode-plan.js';
import { composeArguments } from '../ffmpeg/command.js';
import { runProcess, type PipeConsumer } from '../ffmpeg/process.js';
import { ProgressReader } from '../ffmpeg/progress.js';
import type { AudioTrack } from '../probe/tracks.js';
import type { OpposedSpan } from './channel-balance.js';
import { channelsGraph, type StoredWave } from './sound-graph.js';

/** Length of the change from one set of signs to the next: short enough for an onset, too long for a click. */
const FADE_SEC = 0.005;
const MAX_SAMPLE = 32_767;

/**
 * Writes the waves once more, from the channels, with signs by which they do not cancel out in the given stretches. All
 * rates get the same mix, so whatever reads the sound hears the same.
 * @throws what `runProcess` throws
 */
export async function remixSound(
  request: DecodeRequest,
  audio: AudioTrack,
  waves: readonly StoredWave[],
  spans: readonly OpposedSpan[],
  { signal, onTime }: DecodeHooks,
): Promise<void> {
  const { path, folder, params } = request;
  const files = await Promise.all(waves.map(({ file }) => open(join(folder, file), 'w')));
  try {
    const graph = channelsGraph(audio, waves, request);
    const outputs = waves.map((_, i) => ({
      options: ['-map', `[wave${i}]`, '-c:a', 'pcm_f32le'],
      format: 'f32le',
      target: `pipe:${i + 3}`,
    }));
    const mixers = waves.map(({ sampleRateHz }, i) => {
      const file = files[i];
      return file ? [new ChannelMixer(audio.channels, sampleRateHz, spans, file).consume] : [];
    });
    await runProcess({
      program: 'ffmpeg',
      args: composeArguments(inputOf({ ...request, video: null }), [graph], outputs),
      path,
      signal,
      wallClockSec: params.wallClockSec,
      stallSec: params.stallSec,
      pipes: [new ProgressReader(onTime).consume, ...mixers.flat()],
    });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/** Mixes interleaved float samples to mono 16 bit. */
export class ChannelMixer {
  private at = 0;
  private next = 0;
  private readonly weights: Float64Array;
  private readonly plain: readonly number[];
  private rest = Buffer.alloc(0);

  constructor(
    private readonly channels: number,
    private readonly sampleRateHz: number,
    private readonly spans: readonly OpposedSpan[],
    private readonly file: Pick<FileHandle, 'writeFile'>,
  ) {
    this.plain = mixWeights(channels);
    const signs = this.signsAt(0);
    this.weights = Float64Array.from(this.plain, (weight, c) => weight * (signs?.[c] ?? 1));
  }

  readonly consume: PipeConsumer = async (chunks) => {
    const frameBytes = this.channels * Float32Array.BYTES_PER_ELEMENT;
    for await (const chunk of chunks) {
      const bytes = Buffer.concat([this.rest, chunk]);
      const whole = bytes.length - (bytes.length % frameBytes);
      const copy = new Uint8Array(bytes.subarray(0, whole));
      this.rest = Buffer.from(bytes.subarray(whole));
      await this.file.writeFile(new Uint8Array(this.mix(new Float32Array(copy.buffer)).buffer));
    }
  };

  private mix(interleaved: Float32Array): Int16Array<ArrayBuffer> {
    const { channels, weights } = this;
    const mono = new Int16Array(interleaved.length / channels);
    const step = 1 / (FADE_SEC * this.sampleRateHz);
    for (let i = 0; i < mono.length; i++, this.at++) {
      const signs = this.signsAt(this.at / this.sampleRateHz);
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        const plain = this.plain[c] ?? 0;
        const wanted = plain * (signs?.[c] ?? 1);
        const weight = weights[c] ?? 0;
        const difference = wanted - weight;
        const largest = 2 * plain * step;
        weights[c] = Math.abs(difference) <= largest ? wanted : weight + Math.sign(difference) * largest;
        sum += (weights[c] ?? 0) * (interleaved[i * channels + c] ?? 0);
      }
      mono[i] = Math.max(-MAX_SAMPLE - 1, Math.min(MAX_SAMPLE, Math.round(sum * (MAX_SAMPLE + 1))));
    }
    return mono;
  }

  private signsAt(timeSec: number): readonly number[] | null {
    let span = this.spans[this.next];
    while (span && timeSec >= span.endSec) span = this.spans[++this.next];
    // The change is complete when the stretch begins.
    return span && timeSec >= span.startSec - FADE_SEC ? span.signs : null;
  }
}

/** ffmpeg's mixing rules for 5.1 and 7.1 (centre 1, front and surround -3 dB and -6 dB, no LFE), scaled so that nothing clips. */
function mixWeights(channels: number): readonly number[] {
  const surround = [Math.SQRT1_2, Math.SQRT1_2, 1, 0, 0.5, 0.5, 0.5, 0.5].slice(0, channels);
  const weights = channels === 6 || channels === 8 ? surround : Array.from({ length: channels }, () => 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
