import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { loadPacks } from '../models/packs/load-packs.js';
import { resolvePacks } from '../models/packs/resolve-packs.js';
import { InferencePool } from '../models/runtime/inference-pool.js';
import type { FrameGeometry, ObjectDetector } from '../models/encoders/encoder.js';
import { scaleTo } from '../stages/extract/picture/picture-geometry.js';
import { framesOf, type Pictures } from './seen/frames.js';
import { bestThreshold, scoreAt, type Prediction } from './seen/score.js';
import { TRUTHS, truthAt, truthOf } from './seen/truths.js';

/**
 * Compares the built-in pack's object detector with YOLOX-nano on the same pictures: `tsx bench/seen.ts <shared>`.
 * Every other clip and photo is used to choose the threshold; figures are reported on the rest.
 */
const [shared = '../shared'] = process.argv.slice(2);
const cacheDir = mkdtempSync(join(tmpdir(), 'earsight-seen-'));
const pool = await InferencePool.open({ device: 'cpu' });
const packs = await loadPacks(await resolvePacks(['built-in', join(shared, 'models/lite')], { cacheDir }), pool);

async function photoOf(path: string, geometry: FrameGeometry): Promise<Pictures> {
  const { width, height } = await sharp(path).metadata();
  const { pad = 114 } = geometry;
  const picture = scaleTo(geometry, { width, height });
  const factor = Math.min(geometry.width / width, geometry.height / height);
  const scaled = { width: Math.floor(width * factor + 1e-3), height: Math.floor(height * factor + 1e-3) };
  const frames = await sharp(path)
    .toColourspace('srgb')
    .resize({ ...scaled, fit: 'fill' })
    .extend({
      right: picture.width - scaled.width,
      bottom: picture.height - scaled.height,
      background: { r: pad, g: pad, b: pad },
    })
    .raw()
    .toBuffer();
  return { frames, bytes: frames.length, aspect: width / height };
}

async function predictionsFor(
  detector: ObjectDetector,
  { frames, bytes, aspect }: Pictures,
  truth: (timeSec: number) => ReadonlyMap<string, boolean>,
): Promise<Prediction[]> {
  const count = Math.floor(frames.length / bytes);
  const found = await detector.detect(frames.subarray(0, count * bytes), count, aspect);
  return found.flatMap((objects, index) =>
    [...truth(index + 0.5)].map(([name, there]): Prediction => {
      const confidence = Math.max(0, ...objects.filter(({ label }) => label === name).map((box) => box.confidence));
      return { name, confidence, there };
    }),
  );
}

for (const detector of packs.detectors) {
  const halves: [Prediction[], Prediction[]] = [[], []];
  for (const [index, clip] of Object.keys(TRUTHS.clips).entries())
    halves[index % 2 === 0 ? 0 : 1].push(
      ...(await predictionsFor(detector, framesOf(join(shared, 'media/videos', clip), detector.geometry), (timeSec) =>
        truthAt(clip, timeSec),
      )),
    );
  for (const [name, photos] of Object.entries(TRUTHS.photos))
    for (const [index, photo] of photos.entries())
      halves[index % 2 === 0 ? 0 : 1].push(
        ...(await predictionsFor(
          detector,
          await photoOf(join(shared, 'media/photos/imagenet', photo), detector.geometry),
          () => truthOf(name),
        )),
      );
  const [choosing, reported] = halves;
  const threshold = bestThreshold(choosing);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const row = (predictions: readonly Prediction[], at: number): string => {
    const { precision, recall, f1 } = scoreAt(predictions, at);
    return `precision ${percent(precision)}, recall ${percent(recall)}, F1 ${percent(f1)}`;
  };
  console.log(`${detector.identity.name}: threshold ${threshold} (choosing half: ${row(choosing, threshold)})`);
  console.log(`  reported half, ${reported.length} judgements: ${row(reported, threshold)}`);
  console.log(`  at its pack's ${detector.presentFrom}: ${row(reported, detector.presentFrom)}`);
  for (const name of TRUTHS.classes)
    console.log(
      `  ${name}: ${row(
        reported.filter((prediction) => prediction.name === name),
        threshold,
      )}`,
    );
}
await pool.close();
rmSync(cacheDir, { recursive: true });
