import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { manifestSchema, type ManifestModel } from '../models/manifest/manifest.js';
import { loadPacks } from '../models/packs/load-packs.js';
import { resolvePacks } from '../models/packs/resolve-packs.js';
import { InferencePool } from '../models/runtime/inference-pool.js';
import type { SpeedOfLight } from '../models/runtime/speed-of-light.js';
import { bareRate, stopBareThreads } from './speed-of-light/bare-threads.js';
import { readFile } from 'node:fs/promises';

/**
 * Compares the inference pool with bare sessions: `tsx bench/speed-of-light.ts PACK [rounds] [seconds]`. A bare thread
 * creates one session, fills one input and calls `session.run` repeatedly; there are as many bare threads as the pool
 * has. The pool gets frames and samples from 16 concurrent callers and does its complete work: copies, conversion of
 * pixels to planes, log-mel, and returning results. The two alternate round by round, because the machine may be busy
 * with other work, and the medians count.
 */
const [packPath = '', rounds = '5', seconds = '3'] = process.argv.slice(2);
const CALLERS = 16;
const ITEMS_A_CALL = 8;
/** Number of segments whose windows the encode stage passes in one call. */
const SEGMENTS_A_CALL = 16;

const folder = resolve(packPath);
const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'pack.json'), 'utf8')));
const pool = await InferencePool.open({ device: 'cpu' });
const packs = await loadPacks(await resolvePacks([folder]), pool);
const limitMs = Number(seconds) * 1000;

for (const model of manifest.models) {
  const pooled = pooledWork(model);
  const shapes = bareShapes(model);
  if (!pooled || shapes.length === 0) continue;
  const before = pool.speedOfLight();
  const rates: { pool: number; bare: number }[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    // Each shape has the same number of items, so that the times per item are added, not the rates.
    let secondsOfOneEach = 0;
    for (const shape of shapes)
      secondsOfOneEach +=
        1 /
        (await bareRate(join(folder, model.files[0]?.path ?? ''), shape, pool.threadCount, limitMs / shapes.length));
    rates.push({ pool: await poolRate(pooled), bare: shapes.length / secondsOfOneEach });
  }
  const middle = rates.map(({ pool: ours, bare }) => ours / bare).sort((a, b) => a - b)[Math.floor(rates.length / 2)];
  const best = rates.reduce((top, rate) => (rate.pool > top.pool ? rate : top));
  process.stdout.write(
    `${model.name.padEnd(24)} ${pool.threadCount} threads of ${availableParallelism()} cores: pool ${best.pool.toFixed(1)}/s, ` +
      `bare ${best.bare.toFixed(1)}/s; median ratio ${(middle ?? 0).toFixed(2)}; ${shares(before, pool.speedOfLight())}\n`,
  );
}
process.stdout.write(`the pool's own line: ${pool.speedOfLight().ratio.toFixed(2)} of the speed of light\n`);
await pool.close();
await stopBareThreads();

/** How the threads' time between two readings was spent. Unlike the rates, it does not depend on the machine's load. */
function shares(before: SpeedOfLight, after: SpeedOfLight): string {
  const parts = {
    prepare: after.prepareMs - before.prepareMs,
    run: after.runMs - before.runMs,
    finish: after.finishMs - before.finishMs,
  };
  const whole = parts.prepare + parts.run + parts.finish;
  return Object.entries(parts)
    .map(([name, ms]) => `${name} ${((100 * ms) / whole).toFixed(1)} %`)
    .join(', ');
}

/** Items per second through the pool from several concurrent callers. */
async function poolRate(work: () => Promise<number>): Promise<number> {
  const start = performance.now();
  let items = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < limitMs) {
      const done = await work();
      items += done;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (items * 1000) / (performance.now() - start);
}

/**
 * Returns a function that makes one call as a stage does and resolves to its number of items; null for other models.
 */
function pooledWork(model: ManifestModel): (() => Promise<number>) | null {
  const frames = packs.frames.find(({ identity }) => identity.name === model.name);
  const sounds = packs.sounds.find(({ identity }) => identity.name === model.name);
  const detector = packs.detectors.find(({ identity }) => identity.name === model.name);
  if (frames) {
    const data = new Uint8Array(ITEMS_A_CALL * frames.geometry.width * frames.geometry.height * 3).fill(90);
    return async () => (await frames.encode(data, ITEMS_A_CALL)).length / frames.width;
  }
  if (sounds) {
    // Windows of every width around consecutive segments, as in the encode stage.
    const { windowsSec, sampleRateHz } = sounds;
    const widestSec = Math.max(...windowsSec);
    const windows = windowsSec.flatMap((seconds) =>
      Array.from({ length: SEGMENTS_A_CALL }, (_, segment) => ({
        start: Math.round((segment + (widestSec - seconds) / 2) * sampleRateHz),
        length: Math.round(seconds * sampleRateHz),
      })),
    );
    const samples = (SEGMENTS_A_CALL - 1 + widestSec) * sampleRateHz;
    const data = Float32Array.from({ length: samples }, (_, i) => Math.sin(i * (0.03 + i * 1e-8)));
    return async () => (await sounds.encode(data, windows)).length / sounds.width;
  }
  if (detector) {
    const data = new Uint8Array(ITEMS_A_CALL * detector.geometry.width * detector.geometry.height * 3).fill(90);
    return async () => (await detector.detect(data, ITEMS_A_CALL, 16 / 9)).length;
  }
  return null;
}

/** The network's input shapes for one full batch; a sound network has one for every window width. */
function bareShapes(model: ManifestModel): { input: string; dims: number[]; items: number }[] {
  switch (model.role) {
    case 'image-tags': {
      const side = model.input.image.centreCrop;
      return [{ input: model.input.name, dims: [8, 3, side, side], items: 8 }];
    }
    case 'objects': {
      const side = model.input.image.letterbox;
      return [{ input: model.input.name, dims: [1, 3, side, side], items: 1 }];
    }
    case 'audio-tags': {
      const { melBins, sampleRateHz, hopSize } = model.input.audio;
      const sounds = packs.sounds.find(({ identity }) => identity.name === model.name);
      return (sounds?.windowsSec ?? []).map((seconds) => {
        const frames = Math.floor((seconds * sampleRateHz) / hopSize);
        return { input: model.input.name, dims: [8, 1, melBins, frames], items: 8 };
      });
    }
    default:
      return [];
  }
}
