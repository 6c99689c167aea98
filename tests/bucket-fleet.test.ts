import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../pipeline/index.js';
import { pythonWithMoto, S3Server } from '../pipeline/store/bucket/testing/s3-server.js';
import { Bucket } from '../pipeline/store/bucket/bucket.js';
import { FleetDesk } from '../queues/bullmq/fleet-desk.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { earsight } from './earsight.js';
import { runUnderKills } from './kill-workers.js';
import { publishedFiles } from './published-files.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';
import { WorkerFleet } from './worker-fleet.js';

const python = pythonWithMoto();
const COUNT = 4;

/** Every machine is a folder of its own here: nothing but Redis and the bucket is shared. */
describe.skipIf(python === undefined)('machines that share a bucket alone (skipped without moto for Python)', () => {
  let cwd: string;
  let redis: RedisServer;
  let s3: S3Server;
  let store: string;
  let machines: WorkerFleet[];
  let packs: string[];
  let expected: Record<string, string>;
  const before = { ...process.env };

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'earsight-bucket-fleet-'));
    [redis, s3] = await Promise.all([RedisServer.start(), S3Server.start(python ?? '')]);
    store = `s3://${s3.bucket}/runs/tests`;
    machines = [];
    Object.assign(process.env, s3.env, { EARSIGHT_CACHE: join(cwd, 'submitter') });
    await makeTinyVideos(join(cwd, 'in'), COUNT);
    packs = [await makeEmptyPack(join(cwd, 'pack'))];
    await run({ inputs: [join(cwd, 'in')], out: join(cwd, 'undisturbed'), packs });
    expected = await publishedFiles(join(cwd, 'undisturbed'));
  });
  afterEach(async () => {
    for (const machine of machines) await machine.stop();
    await Promise.all([redis.stop(), s3.stop()]);
    process.env = { ...before };
    await rm(cwd, { recursive: true, force: true });
  });

  function startMachines(): void {
    for (const name of ['one', 'two']) {
      const env = { ...s3.env, EARSIGHT_CACHE: join(cwd, name) };
      machines.push(new WorkerFleet({ redisUrl: redis.url, cwd, workers: 1, lockSec: 2, env }));
    }
  }

  async function objects(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of new Bucket({ bucket: s3.bucket, prefix: 'runs/tests' }).list('')) names.push(name);
    return names;
  }

  it(
    'give the bytes of a run on one machine, with inputs that only the submitter has',
    { timeout: 120_000 },
    async () => {
      const inputs = [join(cwd, 'in')];
      const out = join(cwd, 'out');
      const pack = packs.flatMap((path) => ['--pack', path]);
      const submitted = await earsight(
        ['submit', ...inputs, '--out', out, ...pack, '--redis', redis.url, '--store', store],
        { cwd, env: { ...s3.env, EARSIGHT_CACHE: join(cwd, 'submitter') } },
      );
      expect([submitted.code, submitted.stderr]).toEqual([0, '']);
      // Nobody can read by path what is not there.
      await rename(join(cwd, 'in'), join(cwd, 'away'));
      startMachines();
      const desk = new FleetDesk(redis.url);
      try {
        while ((await desk.videos(COUNT)).some(({ state }) => state !== 'completed')) await sleep(200);
      } finally {
        await desk.close();
      }
      await rename(join(cwd, 'away'), join(cwd, 'in'));
      const { summary } = await run({ inputs, out, packs, redis: redis.url, store });
      expect(summary.counts).toEqual({ done: COUNT, failed: 0, skipped: 0 });
      expect(await publishedFiles(out)).toEqual(expected);
      expect(JSON.stringify(await objects())).not.toMatch(/scratch|holds/);
      const again = await run({ inputs, out, packs, redis: redis.url, store });
      expect(again.summary.counts).toEqual({ done: 0, failed: 0, skipped: COUNT });
    },
  );

  it('lose nothing when a worker is killed in the midst', { timeout: 120_000 }, async () => {
    startMachines();
    const [victim] = machines;
    if (victim === undefined) return;
    const out = join(cwd, 'out');
    const options = { inputs: [join(cwd, 'in')], out, packs, redis: redis.url, store };
    const { rows } = await runUnderKills(victim, options, { kills: 2, between: [200, 600], seed: 3 });
    expect(victim.kills).toBeGreaterThan(0);
    expect(rows.map(({ status, error }) => error?.code ?? status)).toEqual(rows.map(() => 'done'));
    expect(await publishedFiles(out)).toEqual(expected);
    expect(JSON.stringify(await objects())).not.toMatch(/scratch|holds/);
    await mkdir(join(out, 'nothing'), { recursive: true });
    expect(await readdir(join(out, '.earsight', 'tmp'))).toEqual([]);
  });
});
