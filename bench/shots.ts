import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { joinScenes } from './shots/join-scenes.js';
import { extractFor, shotsOf } from '../stages/testing/run-stage.js';
import { scoreCuts } from './shots/score-cuts.js';

/**
 * Compares the detected cuts of joined scenes with those of PySceneDetect: `tsx bench/shots.ts FOLDER`. PySceneDetect
 * needs a Python with the packages scenedetect and opencv-python-headless, named by EARSIGHT_BENCH_PYTHON (default
 * python3).
 */
const PEER = `
import json, sys, scenedetect as s
def cuts(detector):
    return [a.seconds for a, _ in s.detect(sys.argv[1], detector)][1:]
print(json.dumps({"version": s.__version__, "content": cuts(s.ContentDetector(threshold=27.0, min_scene_len=15)),
                  "adaptive": cuts(s.AdaptiveDetector(min_scene_len=15))}))
`;
const peerSchema = z.object({ version: z.string(), content: z.array(z.number()), adaptive: z.array(z.number()) });

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: shots FOLDER_OF_SCENES');
  process.exit(1);
}
const work = await mkdtemp(join(tmpdir(), 'earsight-bench-shots-'));
try {
  const joined = await joinScenes(folder, join(work, 'joined.mp4'));
  // One frame in either direction, plus 1 % for rounding of the timestamps.
  const toleranceSec = 1.01 * joined.frameSec;
  const report = (name: string, cuts: readonly number[]): void => {
    const { precision, recall, f1 } = scoreCuts(cuts, joined.cutsSec, toleranceSec);
    const percent = [f1, precision, recall].map((value) => (100 * value).toFixed(1));
    console.log(
      `${name}: F1 ${percent[0] ?? ''}, precision ${percent[1] ?? ''}, recall ${percent[2] ?? ''}, ${cuts.length} cuts`,
    );
  };
  console.log(`${joined.frames} frames, ${joined.cutsSec.length} cuts, tolerance one frame`);
  const extract = await extractFor(joined.path, work);
  for (const detector of ['content', 'adaptive'] as const)
    report(`earsight ${detector}`, (await shotsOf(extract, work, { detector })).file.cutsSec);
  try {
    const python = process.env['EARSIGHT_BENCH_PYTHON'] ?? 'python3';
    const { stdout } = await promisify(execFile)(python, ['-c', PEER, joined.path]);
    const peer = peerSchema.parse(JSON.parse(stdout));
    report(`PySceneDetect ${peer.version} content`, peer.content);
    report(`PySceneDetect ${peer.version} adaptive`, peer.adaptive);
  } catch (error) {
    console.log(
      `peer skipped: ${error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error)}`,
    );
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
