import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SpeechActivity } from '../../models/encoders/encoder.js';
import { audioFileSchema, type AudioFile } from '../../core/schemas/audio.js';
import { openMedia, type MediaReader } from '../extract/media-reader.js';
import { defineStage } from '../services.js';
import { OnsetPeaks } from './onset-peaks.js';
import { OnsetStrength } from './onset-strength.js';
import { segmentLoudness } from './segment-loudness.js';
import { SilenceFinder, silenceThreshold, type Span } from './silences.js';
import { SpeechSpans } from './speech-spans.js';
import { WaveformPeaks } from './waveform-peaks.js';

const paramsSchema = z.strictObject({});

/** Sound is read in chunks of this length: about 10 ms of work between two turns of the event loop. */
const CHUNK_SEC = 2;
/** The lowest stored rate that still holds the onset bands is the cheapest one to measure. */
const MIN_RATE_HZ = 16_000;

/** Loudness, onsets, silences, a waveform to draw and, with a pack that detects speech, the spans of speech: `audio.json`. */
export const soundStage = defineStage({
  name: 'sound',
  version: 3,
  inputs: ['extract'],
  params: paramsSchema,
  resource: 'inference',
  scratch: false,
  async run(context) {
    const { inputs, folder, services, signal } = context;
    const media = await openMedia(inputs.extract.folder);
    try {
      const { audio, segmentSec, segmentFrame } = media.info;
      const measured = await measure(media, signal, (done) => context.progress(done / 2));
      const speech = (await services.packs())?.speech ?? null;
      const file: AudioFile = {
        schema: 1,
        integratedLufs: audio?.integratedLufs ?? null,
        loudnessRangeLu: audio?.loudnessRangeLu ?? null,
        truePeakDbtp: audio?.truePeakDbtp ?? null,
        segmentLufs: await segmentLoudness(media.loudness(), segmentSec, segmentFrame.length),
        ...measured,
        speech: speech && (await findSpeech(media, speech, signal, (done) => context.progress(0.5 + done / 2))),
      };
      await writeFile(join(folder, 'audio.json'), JSON.stringify(audioFileSchema.parse(file)));
    } finally {
      await media.close();
    }
  },
});

/** Everything that needs no network, in one pass over the samples. A silent film has no onsets, silences or waveform. */
async function measure(
  media: MediaReader,
  signal: AbortSignal,
  progress: (fraction: number) => void,
): Promise<Pick<AudioFile, 'onsetsSec' | 'silences' | 'waveform'>> {
  const { waves, durationSec, audio } = media.info;
  const rates = waves.map((wave) => wave.sampleRateHz).sort((a, b) => a - b);
  const rate = rates.find((hz) => hz >= MIN_RATE_HZ) ?? rates.at(-1);
  if (!audio || rate === undefined) return { onsetsSec: [], silences: [], waveform: { binSec: 1, peaks: [] } };
  const strength = new OnsetStrength(rate);
  const peaks = new OnsetPeaks();
  const silences = new SilenceFinder(rate, silenceThreshold(audio.integratedLufs));
  const waveform = new WaveformPeaks(rate, Math.ceil(durationSec * rate));
  const onsetsSec: number[] = [];
  const pickOnset = (value: number, levelDb: number): void => {
    const onset = peaks.push(value, levelDb);
    if (onset !== null) onsetsSec.push(onset);
  };
  for await (const samples of chunksOf(media, rate, signal, progress)) {
    strength.push(samples, pickOnset);
    silences.push(samples);
    waveform.push(samples);
  }
  onsetsSec.push(...peaks.finish());
  return {
    onsetsSec,
    silences: silences.finish(durationSec),
    waveform: { binSec: waveform.binSec, peaks: waveform.finish() },
  };
}

async function findSpeech(
  media: MediaReader,
  detector: SpeechActivity,
  signal: AbortSignal,
  progress: (fraction: number) => void,
): Promise<Span[]> {
  if (!media.info.audio) return [];
  const { sampleRateHz, hopSamples } = detector;
  const stream = detector.open();
  const spans = new SpeechSpans(hopSamples / sampleRateHz);
  for await (const samples of chunksOf(media, sampleRateHz, signal, progress))
    spans.push(await stream.push(samples, signal));
  return spans.finish(media.info.durationSec);
}

/** The samples of the track from 0 to the end of the video, zeros where the track is shorter. */
async function* chunksOf(
  media: MediaReader,
  rate: number,
  signal: AbortSignal,
  progress: (fraction: number) => void,
): AsyncGenerator<Float32Array> {
  const total = Math.ceil(media.info.durationSec * rate);
  for (let start = 0; start < total; start += CHUNK_SEC * rate) {
    signal.throwIfAborted();
    yield await media.readWave(rate, start, Math.min(CHUNK_SEC * rate, total - start));
    progress(start / total);
  }
}
