// How often scores of synchrony prefer the true alignment, on real clips: `npx tsx bench/synchrony.ts <folder of videos> …`.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, relative } from 'node:path';
import {
  MOMENTS_PER_SEC,
  avAlign,
  bootstrapMeans,
  flowPeaks,
  logRows,
  synchronyByShift,
  type Matrix,
} from '../measures/index.js';
import { audioFileSchema } from '../core/schemas/audio.js';
import { openMedia } from '../stages/extract/media-reader.js';
import { CHANGE_COLUMNS } from '../stages/extract/measure/cell-change.js';
import { soundStage } from '../stages/sound/sound-stage.js';
import { SynchronyWindows } from '../stages/score/synchrony-windows.js';
import { GROWTH_RATE_HZ, samplesFor, soundGrowth } from '../stages/score/sound-growth.js';
import { extractFor, runStage } from '../stages/testing/run-stage.js';

interface Clip {
  readonly name: string;
  readonly durationSec: number;
  readonly sound: Matrix;
  readonly picture: Matrix;
  readonly onsetsSec: readonly number[];
  readonly motionPeaksSec: readonly number[];
  readonly framesPerSec: number;
}

/** Shifts of AV-Align are tried in steps of this; those below half a second do not count. */
const STEP_SEC = 0.08;
const LEAST_SHIFT_SEC = 0.5;
/** Foreign sound comes from clips this many places further on. */
const PLACES = [3, 8, 13];

const work = await mkdtemp(join(tmpdir(), 'earsight-synchrony-'));
try {
  const clips: Clip[] = [];
  for (const path of await videosIn(process.argv.slice(2))) {
    const clip = await readClip(path).catch((error: unknown) => String(error));
    if (typeof clip === 'string') process.stderr.write(`${path}: ${clip}\n`);
    else if (clip !== null) clips.push(clip);
  }
  const own = clips.flatMap((clip) => {
    const share = shareBeaten(clip.sound, clip.picture);
    return share === null ? [] : [{ clip, share }];
  });
  for (const { clip, share } of own) console.log(`${share.toFixed(2)}  ${clip.name}`);
  const foreign = PLACES.flatMap((places) =>
    clips.flatMap((clip, at) => {
      const other = clips[(at + places) % clips.length];
      return other === undefined || other === clip ? [] : (shareBeaten(other.sound, clip.picture) ?? []);
    }),
  );
  const align = clips.flatMap((clip) => alignShare(clip) ?? []);
  print(
    'synchrony, own sound',
    own.map(({ share }) => share),
  );
  print('synchrony, sound of another clip', foreign);
  print('AV-Align of picture change, own sound', align);
  print('own sound above that of another clip', ownAboveOthers(clips));
} finally {
  await rm(work, { recursive: true, force: true });
}

function print(name: string, values: readonly number[]): void {
  const [result] = bootstrapMeans([values]);
  if (!result) return;
  const [low, high] = result.interval;
  console.log(
    `${name}: ${(100 * result.mean).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}), ${values.length} clips`,
  );
}

async function videosIn(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if ((await stat(path)).isFile()) found.push(path);
    else
      for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
        if (['.mp4', '.webm', '.mkv', '.mov'].includes(extname(entry.name)))
          found.push(join(entry.parentPath, entry.name));
  }
  return found.sort();
}

async function readClip(path: string): Promise<Clip | null> {
  const extract = await extractFor(path, work);
  const sound = await runStage(soundStage, {}, path, work, { extract });
  const { onsetsSec } = await sound.json('audio.json', audioFileSchema);
  const media = await openMedia(extract.folder);
  try {
    const { durationSec, motion, audio } = media.info;
    if (!motion || !audio) return null;
    const first = motion.columns.indexOf(CHANGE_COLUMNS[0] ?? '');
    const windows = new SynchronyWindows(durationSec);
    const change: number[] = [];
    for await (const { rows, timesSec, values } of media.readMotion())
      for (let row = 0; row < rows; row += 1) {
        const frame = values.subarray(row * motion.columns.length, (row + 1) * motion.columns.length);
        windows.add(timesSec[row] ?? 0, frame, first);
        change.push(frame.subarray(first).reduce((sum, value) => sum + value, 0) / CHANGE_COLUMNS.length);
      }
    const [picture] = windows.pictures();
    if (picture === undefined) return null;
    const { before, count } = samplesFor(picture.rows);
    const samples = await media.readWave(GROWTH_RATE_HZ, -before, count);
    const framesPerSec = change.length / durationSec;
    return {
      name: relative(process.cwd(), path),
      durationSec: picture.rows / MOMENTS_PER_SEC,
      sound: logRows(soundGrowth(samples, picture.rows)),
      picture: logRows(picture),
      onsetsSec,
      motionPeaksSec: flowPeaks(change, framesPerSec),
      framesPerSec,
    };
  } finally {
    await media.close();
    await rm(extract.folder, { recursive: true, force: true });
  }
}

/** Share of the circular shifts of half a second and more that the given alignment beats. */
function shareBeaten(sound: Matrix, picture: Matrix): number | null {
  const rows = Math.min(sound.rows, picture.rows);
  const cut = (matrix: Matrix): Matrix => ({
    ...matrix,
    rows,
    values: matrix.values.subarray(0, rows * matrix.columns),
  });
  const scores = synchronyByShift(cut(sound), cut(picture));
  if (scores === null) return null;
  const least = Math.ceil((LEAST_SHIFT_SEC * MOMENTS_PER_SEC) / 2);
  return beaten(scores[0] ?? 0, [...scores.subarray(least, scores.length - least + 1)]);
}

function alignShare({ durationSec, onsetsSec, motionPeaksSec, framesPerSec }: Clip): number | null {
  const own = avAlign(onsetsSec, motionPeaksSec, framesPerSec);
  if (own === null) return null;
  const others: number[] = [];
  for (let shift = LEAST_SHIFT_SEC; shift <= durationSec - LEAST_SHIFT_SEC; shift += STEP_SEC) {
    const shifted = onsetsSec.map((onset) => (onset + shift) % durationSec).sort((a, b) => a - b);
    others.push(avAlign(shifted, motionPeaksSec, framesPerSec) ?? 0);
  }
  return others.length === 0 ? null : beaten(own, others);
}

function beaten(own: number, others: readonly number[]): number {
  return others.reduce((sum, other) => sum + (own > other ? 1 : own === other ? 0.5 : 0), 0) / others.length;
}

/** For each clip the share of the other clips whose sound agrees with its picture less than its own sound does. */
function ownAboveOthers(clips: readonly Clip[]): number[] {
  const agreement = (sound: Matrix, picture: Matrix): number => {
    const rows = Math.min(sound.rows, picture.rows);
    const cut = (matrix: Matrix): Matrix => ({
      ...matrix,
      rows,
      values: matrix.values.subarray(0, rows * matrix.columns),
    });
    return synchronyByShift(cut(sound), cut(picture))?.[0] ?? 0;
  };
  return clips.map((clip) => {
    const own = agreement(clip.sound, clip.picture);
    const others = clips.filter((other) => other !== clip).map((other) => agreement(other.sound, clip.picture));
    return beaten(own, others);
  });
}
