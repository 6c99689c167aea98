import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPacks } from '../models/packs/load-packs.js';
import { resolvePacks } from '../models/packs/resolve-packs.js';
import { InferencePool } from '../models/runtime/inference-pool.js';
import { findFacesAndPoses } from '../stages/encode/faces-and-poses.js';
import { scoreFaces, scoreLegs, scorePoints, emptyTally, type Tally } from './people/score.js';
import { TRUTHS, type FrameTruth, type Half } from './people/truths.js';
import { ROWS_PER_CHUNK } from '../stages/encode/row-range.js';
import { framesOf, type Pictures } from './seen/frames.js';
import { TRUTHS as THINGS } from './seen/truths.js';

/**
 * Evaluates the faces and body points that the built-in pack finds in real clips against our annotations, and measures
 * their cost: `tsx bench/people.ts <shared>`. Crop sizes and thresholds were chosen on the choosing half alone.
 */
const [shared = '../shared'] = process.argv.slice(2);
const cacheDir = mkdtempSync(join(tmpdir(), 'earsight-people-'));
const pool = await InferencePool.open({ device: 'cpu', threads: 1 });
const { detectors, faces, poses } = await loadPacks(await resolvePacks(['built-in'], { cacheDir }), pool);
const [detector] = detectors;
if (!detector || !faces || !poses) throw new Error('the built-in pack is not whole: install @vladmandic/human');
const { width, height } = detector.geometry;
const sureFrom = detector.presentFrom;
const signal = new AbortController().signal;

const clips = new Map<string, Pictures>();
function clipOf(clip: string): Pictures {
  const known =
    clips.get(clip) ??
    framesOf(join(shared, 'media/videos', clip), detector?.geometry ?? { width, height, fit: 'letterbox' });
  clips.set(clip, known);
  return known;
}

function secondsOf(clip: string): number {
  const { frames, bytes } = clipOf(clip);
  return Math.floor(frames.length / bytes);
}

/**
 * Analyses consecutive frames of a clip as the encode stage does, and measures the processor time of faces and poses.
 */
async function look(clip: string, first: number, count: number) {
  const { frames, bytes, aspect } = clipOf(clip);
  const chunk = frames.subarray(first * bytes, (first + count) * bytes);
  const found = (await detector?.detect(chunk, count, aspect)) ?? [];
  const before = process.cpuUsage();
  const looked = await findFacesAndPoses(
    found,
    sureFrom,
    { faces, poses },
    () => Promise.resolve(chunk),
    aspect,
    signal,
  );
  const { user, system } = process.cpuUsage(before);
  return { aspect, looked, cpuMs: (user + system) / 1000 };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const line = ({ right, wrong, missed }: Tally): string =>
  `${right} of ${right + missed} (recall ${percent(right / (right + missed))}), ${wrong} wrong (precision ${percent(right / (right + wrong))})`;

for (const half of ['choosing', 'reported'] satisfies Half[]) {
  const [face, legs] = [emptyTally(), emptyTally()];
  const points = new Map<string, Tally>();
  const tallyOf = (name: string): Tally => {
    const kind = name.replace(/^(left|right) /, '');
    const tally = points.get(kind) ?? emptyTally();
    points.set(kind, tally);
    return tally;
  };
  const mistakes: string[] = [];
  const scoreFrame = async (truth: FrameTruth): Promise<void> => {
    const { aspect, looked } = await look(truth.clip, truth.second, 1);
    const [seen] = looked;
    const people = (seen?.poses ?? []).map(({ points: all }) =>
      all.map(([x, y, confidence]) => ({ x, y, confidence })),
    );
    const before = { ...face };
    scoreFaces(truth, seen?.faces ?? [], face);
    const name = `${truth.clip.split('/').at(-1) ?? ''} ${truth.second} s`;
    if (face.missed > before.missed) mistakes.push(`${name}: face missed`);
    if (face.wrong > before.wrong) mistakes.push(`${name}: no face`);
    const missed = scorePoints(truth, people, poses.presentFrom, aspect, (point) => tallyOf(point));
    if (missed.length > 0) mistakes.push(`${name}: ${missed.join(', ')} missed`);
    if (TRUTHS.noLegs.includes(truth.clip)) scoreLegs(people, poses.presentFrom, legs);
  };
  const frames = TRUTHS.frames.filter((truth) => truth.half === half);
  for (const truth of frames) await scoreFrame(truth);
  let empty = 0;
  for (const [index, clip] of TRUTHS.nobody.entries()) {
    if ((half === 'choosing') !== (index % 2 === 0)) continue;
    const seconds = secondsOf(clip);
    for (let second = 0; second < seconds; second += 1, empty += 1)
      await scoreFrame({ clip, second, half, faces: [], doubtful: [], points: {} });
  }
  console.log(`${half} half: ${frames.length} frames, and ${empty} of clips without a face`);
  console.log(`  faces: ${line(face)}`);
  for (const [kind, tally] of points) console.log(`  ${kind}s: ${line(tally)}`);
  console.log(`  knees and ankles said where none is seen: ${legs.wrong} of ${legs.wrong + legs.right}`);
  for (const mistake of mistakes) console.log(`  ${mistake}`);
}
const cost = { frames: 0, withPeople: 0, poses: 0, cpuMs: 0 };
for (const clip of Object.keys(THINGS.clips)) {
  const seconds = secondsOf(clip);
  for (let first = 0; first < seconds; first += ROWS_PER_CHUNK) {
    const { looked, cpuMs } = await look(clip, first, Math.min(ROWS_PER_CHUNK, seconds - first));
    cost.frames += looked.length;
    cost.withPeople += looked.filter((frame) => frame.poses.length > 0).length;
    cost.poses += looked.reduce((sum, frame) => sum + frame.poses.length, 0);
    cost.cpuMs += cpuMs;
  }
}
const { frames, withPeople, cpuMs } = cost;
console.log(
  `cost at one frame a second: ${(cpuMs / frames).toFixed(1)} ms of a core a second (${frames} s of real clips, people in ${withPeople}, ${(cpuMs / withPeople).toFixed(1)} ms in those, ${cost.poses} poses)`,
);
await pool.close();
rmSync(cacheDir, { recursive: true });
