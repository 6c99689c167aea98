import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { audioFileSchema, type AudioFile } from '../../core/schemas/audio.js';
import { scoresFileSchema, type ScoresFile } from '../../core/schemas/scores.js';
import { EarsightError } from '../../core/errors.js';
import { CHANGE_COLUMNS } from '../extract/measure/cell-change.js';
import { openMedia, type MediaReader } from '../extract/media-reader.js';
import { defineStage } from '../services.js';
import { Clipping } from './clipping.js';
import { PictureFaults } from './picture-faults.js';
import type { Measured } from './measured.js';
import { GROWTH_RATE_HZ } from './sound-growth.js';
import { scoresOf } from './scores-of.js';
import { SynchronyWindows } from './synchrony-windows.js';

const paramsSchema = z.strictObject({});

const CHUNK_SEC = 10;

/** How well sound and picture belong together, and faults that a viewer would notice: `scores.json`. No network is needed. */
export const scoreStage = defineStage({
  name: 'score',
  version: 1,
  inputs: ['extract', 'sound'],
  params: paramsSchema,
  resource: 'light',
  scratch: false,
  async run(context) {
    const { inputs, folder, signal } = context;
    const audio = await inputs.sound.json('audio.json', audioFileSchema);
    const media = await openMedia(inputs.extract.folder);
    try {
      const measured = await measure(media, audio, signal);
      const file: ScoresFile = { schema: 1, scores: scoresOf(measured), faults: measured.faults };
      await writeFile(join(folder, 'scores.json'), JSON.stringify(scoresFileSchema.parse(file)));
      context.progress(1);
    } finally {
      await media.close();
    }
  },
});

async function measure(media: MediaReader, audio: AudioFile, signal: AbortSignal): Promise<Measured> {
  const { durationSec, video, motion, frameMode } = media.info;
  const hasSound = media.info.audio !== null && media.info.waves.some((wave) => wave.sampleRateHz === GROWTH_RATE_HZ);
  const windows = new SynchronyWindows(durationSec);
  const faults = new PictureFaults();
  const change: number[] = [];
  const place = (column: string): number => {
    const at = motion?.columns.indexOf(column) ?? -1;
    if (motion && at < 0) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: motion.file });
    return at;
  };
  const [luma, value, first] = [place('luma'), place('value'), place(CHANGE_COLUMNS[0] ?? '')];
  const columns = motion?.columns.length ?? 0;
  for await (const { rows, timesSec, values } of media.readMotion()) {
    signal.throwIfAborted();
    for (let row = 0; row < rows; row += 1) {
      const frame = values.subarray(row * columns, (row + 1) * columns);
      const timeSec = timesSec[row] ?? 0;
      faults.add(timeSec, frame[luma] ?? 0, frame[value] ?? 0, change.length === 0);
      windows.add(timeSec, frame, first);
      change.push(meanOf(frame.subarray(first, first + CHANGE_COLUMNS.length)));
    }
  }
  const isComparable = hasSound && change.length > 1 && frameMode === 'all';
  const synchrony = isComparable ? await windows.finish(media) : [];
  return {
    durationSec,
    hasPicture: change.length > 0,
    hasSound: media.info.audio !== null,
    onlyKeyFrames: frameMode === 'keyframes',
    audio,
    change,
    framesPerSec: video && video.endSec > video.startSec ? change.length / (video.endSec - video.startSec) : 0,
    synchrony,
    windowSec: windows.windowSec,
    faults: {
      silent: audio.silences.map(({ startSec, endSec }) => ({ startSec, endSec })),
      clipped: hasSound ? await clippedSpans(media, signal) : [],
      ...faults.finish(video?.endSec ?? 0),
    },
  };
}

async function clippedSpans(media: MediaReader, signal: AbortSignal): Promise<ScoresFile['faults']['clipped']> {
  const clipping = new Clipping(GROWTH_RATE_HZ);
  const total = Math.ceil(media.info.durationSec * GROWTH_RATE_HZ);
  for (let start = 0; start < total; start += CHUNK_SEC * GROWTH_RATE_HZ) {
    signal.throwIfAborted();
    clipping.push(await media.readWave(GROWTH_RATE_HZ, start, Math.min(CHUNK_SEC * GROWTH_RATE_HZ, total - start)));
  }
  return clipping.finish();
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
