import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoresFileSchema, type ScoresFile } from '../../core/schemas/scores.js';
import { sharedPath } from '../../measures/testing/shared-data.js';
import { soundStage } from '../sound/sound-stage.js';
import { extractFor, runStage } from '../testing/run-stage.js';
import { scoreStage } from './score-stage.js';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'earsight-score-'));
});
afterAll(async () => await rm(work, { recursive: true, force: true }));

async function scoresFor(path: string): Promise<ScoresFile> {
  const extract = await extractFor(path, work);
  const sound = await runStage(soundStage, {}, path, work, { extract });
  const score = await runStage(scoreStage, {}, path, work, { extract, sound });
  return await score.json('scores.json', scoresFileSchema);
}

function make(name: string, ...args: readonly string[]): string {
  const path = join(work, name);
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return path;
}

function value({ scores }: ScoresFile, name: string): number | null | undefined {
  return scores.find((score) => score.name === name)?.value;
}

describe('the score stage', () => {
  it('prefers flashes that coincide with beeps to flashes that do not', async () => {
    // Irregular moments, so that a shift does not fit as well.
    const moments = [0.9, 1.6, 3.1, 4.4, 4.9, 6.3, 7.7, 8.2];
    const on = (times: readonly number[]): string => times.map((t) => `between(t,${t},${t + 0.2})`).join('+');
    const clip = (name: string, times: readonly number[]): string =>
      make(
        name,
        ...['-f', 'lavfi', '-i', 'color=gray:s=128x72:r=25:d=9.5'],
        ...['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(2*PI*800*t)*(${on(moments)})':s=16000:d=9.5`],
        ...['-vf', `drawbox=x=20:y=20:w=40:h=30:color=white:t=fill:enable='${on(times)}'`, '-shortest'],
      );
    const together = await scoresFor(clip('together.mp4', moments));
    const apart = await scoresFor(
      clip(
        'apart.mp4',
        moments.map((t) => (t + 2.3) % 9),
      ),
    );
    expect(value(together, 'synchrony')).toBe(1);
    expect(value(apart, 'synchrony')).toBeLessThan(0.9);
  });

  it('finds silent, black, frozen and flickering stretches', async () => {
    const path = make(
      'faults.mp4',
      ...['-f', 'lavfi', '-i', 'testsrc=s=128x72:r=24:d=9'],
      ...['-f', 'lavfi', '-i', "aevalsrc='if(lt(t,4),0.3*sin(2*PI*500*t),0)':s=16000:d=9"],
      '-vf',
      "drawbox=c=black:t=fill:enable='between(t,1,2)',drawbox=c=gray:t=fill:enable='between(t,2.01,5)',drawbox=c=white:t=fill:enable='gt(t,6)*lt(t,8)*lt(mod(n,6),3)',drawbox=c=black:t=fill:enable='gt(t,6)*lt(t,8)*gte(mod(n,6),3)'",
    );
    const { faults } = await scoresFor(path);
    expect(faults.black[0]).toMatchObject({
      startSec: expect.closeTo(1, 1) as number,
      endSec: expect.closeTo(2, 1) as number,
    });
    expect(faults.frozen[0]).toMatchObject({
      startSec: expect.closeTo(2.1, 1) as number,
      endSec: expect.closeTo(5, 1) as number,
    });
    expect(faults.flickering[0]?.startSec).toBeGreaterThan(5.9);
    expect(faults.silent[0]).toMatchObject({ startSec: expect.closeTo(4, 0) as number });
    expect(faults.clipped).toEqual([]);
  });

  it('says why a score does not apply', async () => {
    const silent = await scoresFor(make('silent.mp4', '-f', 'lavfi', '-i', 'testsrc=s=128x72:r=10:d=3'));
    expect(silent.scores.find(({ name }) => name === 'synchrony')).toMatchObject({ value: null, reason: 'no sound' });
    expect(silent.scores.find(({ name }) => name === 'DeSync')?.reason).toBe('no sound');
    const clipped = await scoresFor(make('loud.wav', '-f', 'lavfi', '-i', 'aevalsrc=4*sin(2*PI*100*t):s=16000:d=1'));
    expect(value(clipped, 'clipped share')).toBeGreaterThan(0.9);
    expect(clipped.scores.find(({ name }) => name === 'black share')?.reason).toBe('no picture');
  });

  it.skipIf(!existsSync(sharedPath('media/videos')))(
    'scores a real drum above chance (skipped without ../shared)',
    async () => {
      const { scores } = await scoresFor(sharedPath('media/videos/vas/drum_video_02480.mp4'));
      expect(scores.find(({ name }) => name === 'synchrony')?.value).toBeGreaterThan(0.9);
      for (const score of scores) expect(score.value === null).toBe(score.reason !== null);
    },
  );
});
