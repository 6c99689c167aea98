import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { extractParamsSchema } from '../stages/extract/params.js';
import { extractStage } from '../stages/extract/extract-stage.js';
import { barePass } from './bare-pass.js';

/**
 * Compares the extract stage with one bare ffmpeg that has the same outputs, with its pipes going to /dev/null: `tsx
 * bench/extract-pass.ts VIDEO [rounds]`. The two alternate, and the best round of each counts, because the machine may
 * be busy with other work.
 */
const [video = '', rounds = '3'] = process.argv.slice(2);
const path = resolve(video);
const params = extractParamsSchema.parse({
  geometries: [
    { width: 224, height: 224, fit: 'crop', shortSide: 224 },
    { width: 416, height: 416, fit: 'letterbox', pad: 114 },
  ],
});
const signal = new AbortController().signal;

async function stage(folder: string): Promise<void> {
  const source = { path, sha256: '', bytes: 0 };
  const quiet = { progress: () => undefined, warn: () => undefined };
  await extractStage.run({
    source,
    sourceFile: () => Promise.resolve(path),
    params,
    inputs: {},
    folder,
    services: undefined,
    signal,
    ...quiet,
  });
}

async function bare(folder: string): Promise<void> {
  await barePass(path, folder, params);
}

async function time(work: (folder: string) => Promise<void>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-bench-'));
  const began = performance.now();
  await work(folder);
  const seconds = (performance.now() - began) / 1000;
  await rm(folder, { recursive: true });
  return seconds;
}

const best = { bare: Infinity, stage: Infinity };
for (let round = 0; round < Number(rounds); round++) {
  const bareSec = await time(bare);
  const stageSec = await time(stage);
  best.bare = Math.min(best.bare, bareSec);
  best.stage = Math.min(best.stage, stageSec);
  console.log(`round ${round + 1}: bare ${bareSec.toFixed(2)} s, stage ${stageSec.toFixed(2)} s`);
}
console.log(
  `best: bare ${best.bare.toFixed(2)} s, stage ${best.stage.toFixed(2)} s, ratio ${(best.stage / best.bare).toFixed(3)}`,
);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(
  `this process: ${((userCPUTime + systemCPUTime) / 1e6).toFixed(2)} s of CPU, ${Math.round(maxRSS / 1024)} MiB at most`,
);
