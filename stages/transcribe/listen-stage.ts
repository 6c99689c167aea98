import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { audioFileSchema } from '../../core/schemas/audio.js';
import type { HeardSegment, HeardWindow, Transcriber } from '../../models/encoders/encoder.js';
import { ENCODE_FILE, encodeInfoSchema } from '../encode/encode-info.js';
import { openMedia, type MediaReader } from '../extract/media-reader.js';
import { defineStage } from '../services.js';
import type { Span } from '../sound/silences.js';
import { audible, cutAtPause, soundFrom } from './cut-window.js';
import { HEARD_FILE, heardFileSchema, type HeardFile, type HeardWindowInFile } from './heard.js';
import { WIDEN_SEC, widened } from './listening-spans.js';
import { taggedVoices } from './tagged-voices.js';

export const listenParamsSchema = z.strictObject({
  /** Code of the language that is spoken; null to let the network decide for each window. */
  language: z.string().nullable().default(null),
  /** Listens to nothing: no pack has a transcriber, or the user wants no transcript. */
  off: z.boolean().default(false),
});

/** What the network left of a window is listened to again if it is at least this long. */
const LEAST_REST_SEC = 1;

/**
 * Writes down what is said, window by window: `heard.json`. Speech detection proposes where to listen, or a tagger without
 * it, or all is listened to without either. Memory holds one window.
 */
export const listenStage = defineStage({
  name: 'listen',
  version: 1,
  inputs: ['extract', 'sound', 'encode'],
  params: listenParamsSchema,
  resource: 'inference',
  scratch: false,
  async run(context) {
    const { inputs, params, folder, services, signal } = context;
    const transcriber = params.off ? null : ((await services.packs())?.transcriber ?? null);
    const media = await openMedia(inputs.extract.folder);
    try {
      const file: HeardFile = {
        schema: 1,
        model: transcriber?.identity ?? null,
        voices: null,
        listened: [],
        windows: [],
      };
      if (transcriber !== null) checkLanguage(transcriber, params.language);
      if (transcriber !== null && media.info.audio) {
        const { durationSec } = media.info;
        const { speech } = await inputs.sound.json('audio.json', audioFileSchema);
        const info = await inputs.encode.json(ENCODE_FILE, encodeInfoSchema);
        file.voices = speech ?? (await taggedVoices(info, inputs.encode.folder));
        const widenSec = speech === null ? WIDEN_SEC.tagger : WIDEN_SEC.detector;
        file.listened = widened(file.voices ?? [{ startSec: 0, endSec: durationSec }], widenSec, durationSec);
        for (const span of file.listened)
          for await (const window of windowsOf(span, media, transcriber, params.language, signal)) {
            if (window.segments.length > 0) file.windows.push(window);
            context.progress(Math.min(1, window.endSec / durationSec));
          }
      }
      await writeFile(join(folder, HEARD_FILE), JSON.stringify(heardFileSchema.parse(file)));
    } finally {
      await media.close();
    }
  },
});

function checkLanguage({ identity, languages }: Transcriber, language: string | null): void {
  if (language === null || languages.includes(language)) return;
  throw new EarsightError('EARSIGHT_LANGUAGE_UNKNOWN', {
    language,
    model: identity.name,
    languages: languages.join(', '),
  });
}

/** Listens to a span in windows that end at pauses. Each begins where the network stopped in the one before. */
async function* windowsOf(
  span: Span,
  media: MediaReader,
  transcriber: Transcriber,
  language: string | null,
  signal: AbortSignal,
): AsyncGenerator<HeardWindowInFile> {
  const { sampleRateHz: rate, windowSec } = transcriber;
  const end = Math.round(span.endSec * rate);
  const longest = Math.floor(windowSec * rate);
  for (let start = Math.round(span.startSec * rate); start < end;) {
    signal.throwIfAborted();
    const rest = end - start;
    const samples = await media.readWave(rate, start, Math.min(rest, longest));
    const silent = soundFrom(samples, rate);
    if (silent > 0) {
      start += silent;
      continue;
    }
    const length = rest > longest ? cutAtPause(samples, rate) : rest;
    const window = samples.subarray(0, length);
    const startSec = start / rate;
    const heard = await transcriber.transcribe(window, language, signal);
    const consumed = consumedSamples(heard, window, rate);
    yield onTimeline(heard, startSec, startSec + consumed / rate);
    start += consumed;
  }
}

/** The network stops early when it believes that a sentence goes on behind the window. */
function consumedSamples({ consumedSec, finished }: HeardWindow, window: Float32Array, rate: number): number {
  const consumed = Math.round(consumedSec * rate);
  const left = window.subarray(consumed);
  // Less than a second of progress would listen to the same sound again and again.
  if (!finished || consumed < rate || left.length < LEAST_REST_SEC * rate || !audible(left, rate)) return window.length;
  return consumed;
}

function onTimeline(heard: HeardWindow, startSec: number, endSec: number): HeardWindowInFile {
  const { language, noSpeechProbability, finished } = heard;
  const shift = <Piece extends Span>(piece: Piece): Piece => ({
    ...piece,
    startSec: milliseconds(startSec + piece.startSec),
    endSec: milliseconds(startSec + piece.endSec),
  });
  const segments = heard.segments.map((segment: HeardSegment) => ({
    ...shift(segment),
    words: segment.words.map(shift),
  }));
  return {
    startSec: milliseconds(startSec),
    endSec: milliseconds(endSec),
    language,
    noSpeechProbability,
    finished,
    segments,
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
