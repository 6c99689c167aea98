import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN } from '../models/packs/built-in.js';
import { run } from '../pipeline/index.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { earsight } from './earsight.js';
import { runUnderKills } from './kill-workers.js';
import { publishedFiles } from './published-files.js';
import { otherProcessesNaming } from './processes.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';
import { WorkerFleet } from './worker-fleet.js';

const LOCK_SEC = 2;

let cwd: string;
let server: RedisServer;
let fleet: WorkerFleet | null;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-fleet-'));
  server = await RedisServer.start();
  process.env['EARSIGHT_CACHE'] = join(cwd, 'cache');
  fleet = null;
});
afterEach(async () => {
  await fleet?.stop();
  await server.stop();
  delete process.env['EARSIGHT_CACHE'];
  await rm(cwd, { recursive: true, force: true });
});

describe('a fleet whose workers are killed', () => {
  it(
    'publishes the bytes of an undisturbed run after ten kills, with twelve videos and three workers',
    { timeout: 300_000 },
    async () => {
      const names = await makeTinyVideos(join(cwd, 'in'), 12);
      const inputs = [join(cwd, 'in')];
      const packs = [BUILT_IN];
      await run({ inputs, out: join(cwd, 'undisturbed'), packs });
      fleet = new WorkerFleet({ redisUrl: server.url, cwd, workers: 3, lockSec: LOCK_SEC });
      const out = join(cwd, 'out');
      const plan = { kills: 10, between: [100, 900], seed: 1 } as const;
      const { rows } = await runUnderKills(fleet, { inputs, out, packs, redis: server.url }, plan);
      expect(fleet.kills).toBe(10);
      expect(fleet.killsWhileInferring).toBeGreaterThanOrEqual(6);
      expect(rows.map(({ status, input }) => `${status} ${input}`)).toEqual(
        names.map((name) => `done ${join(cwd, 'in', name)}`),
      );
      await fleet.stop();
      expect(await publishedFiles(out)).toEqual(await publishedFiles(join(cwd, 'undisturbed')));
      const again = await run({ inputs, out, packs });
      expect(again.summary.counts).toEqual({ done: 0, failed: 0, skipped: 12 });
      for (const part of ['tmp', 'locks', 'scratch', 'holds', 'quarantine'])
        expect([part, await readdir(join(out, '.earsight', part)).catch(() => [])]).toEqual([part, []]);
      expect(await otherProcessesNaming(cwd)).toEqual([]);
    },
  );

  it('quarantines a video that kills two workers and finishes the others', { timeout: 120_000 }, async () => {
    await makeTinyVideos(join(cwd, 'in'), 3);
    const out = join(cwd, 'out');
    const env = { EARSIGHT_FFMPEG: join(PACKAGE_FOLDER, 'fixtures/stubs/crash-parent.sh') };
    fleet = new WorkerFleet({ redisUrl: server.url, cwd, workers: 1, lockSec: LOCK_SEC, env });
    const packs = [await makeEmptyPack(join(cwd, 'pack'))];
    const { rows } = await run({ inputs: [join(cwd, 'in')], out, packs, redis: server.url });
    expect(rows.map(({ status, error }) => error?.code ?? status)).toEqual(['done', 'EARSIGHT_QUARANTINED', 'done']);

    const listed = await earsight(['quarantine', 'list', '--out', out], { cwd });
    expect(listed.stdout.trim().split('\n')).toHaveLength(1);
    const [id = ''] = listed.stdout.split(' ');
    const shown: unknown = JSON.parse((await earsight(['quarantine', 'show', id, '--out', out], { cwd })).stdout);
    expect(shown).toMatchObject({
      input: join(cwd, 'in', 'tiny-01.mp4'),
      deaths: [
        { step: 'extract', ending: 'SIGSEGV' },
        { step: 'extract', ending: 'SIGSEGV' },
      ],
      probe: { streams: [{ codec_type: 'video' }, { codec_type: 'audio' }] },
    });
    expect((await earsight(['quarantine', 'release', id, '--out', out], { cwd })).code).toBe(0);
    expect((await earsight(['quarantine', 'list', '--out', out], { cwd })).stdout).toBe('');
  });
});
