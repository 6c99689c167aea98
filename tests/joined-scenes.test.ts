import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, describe, it } from 'vitest';
import { joinScenes } from '../bench/shots/join-scenes.js';
import { extractFor, shotsOf } from '../stages/testing/run-stage.js';
import { scoreCuts } from '../bench/shots/score-cuts.js';

const SCENES = '../shared/media/videos/vript/0J7UPHL08fU';
/** PySceneDetect 0.7.2's F1 on the same join, threshold 27, 15 frames, one frame of tolerance: bench/shots.ts. */
const PUBLISHED_CONTENT_F1 = 0.739;

describe.skipIf(!existsSync(SCENES))(
  'the cuts of 37 joined scenes (skips without ../shared/media/videos/vript)',
  () => {
    it('are found with at least the F1 of the published content detector', async () => {
      const work = await mkdtemp(join(tmpdir(), 'earsight-joined-'));
      try {
        const joined = await joinScenes(SCENES, join(work, 'joined.mp4'));
        expect(joined.cutsSec.length).toBe(36);
        const extract = await extractFor(joined.path, work);
        const f1 = async (detector: 'content' | 'adaptive'): Promise<number> => {
          const { file } = await shotsOf(extract, work, { detector });
          return scoreCuts(file.cutsSec, joined.cutsSec, 1.01 * joined.frameSec).f1;
        };
        expect(await f1('content')).toBeGreaterThanOrEqual(PUBLISHED_CONTENT_F1);
        expect(await f1('adaptive')).toBeGreaterThanOrEqual(PUBLISHED_CONTENT_F1);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    }, 600_000);
  },
);
