import { mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordDeath } from '../pipeline/work/record-death.js';
import { checkStore } from '../pipeline/cli/doctor-checks.js';
import { run } from '../pipeline/index.js';
import { openBucketStore, openDocuments } from '../pipeline/work/open-store.js';
import { Quarantine } from '../pipeline/work/quarantine.js';
import { serve } from '../pipeline/run/serve.js';
import { Bucket } from '../core/store/bucket/bucket.js';
import { pythonWithMoto, S3Server } from '../core/store/bucket/testing/s3-server.js';
import { FleetControl } from '../queues/bullmq/fleet-control.js';
import type { JobView } from '../server/api-schemas.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { earsight } from './earsight.js';
import { publishedFiles } from './published-files.js';
import { settledJob } from './settled-job.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';
import { WorkerFleet } from './worker-fleet.js';

const python = pythonWithMoto();
const COUNT = 3;

/** Every machine is simulated by a folder of its own; only Redis and the bucket are shared. */
describe.skipIf(python === undefined)('machines that share only a bucket (skipped without moto for Python)', () => {
  let cwd: string;
  let redis: RedisServer;
  let s3: S3Server;
  let machines: WorkerFleet[];
  let videos: string;
  let packs: string[];
  /** Hashes of what a run on one machine publishes. */
  let expected: Record<string, string>;
  const before = { ...process.env };

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'earsight-bucket-fleet-'));
    machines = [];
    [redis, s3] = await Promise.all([RedisServer.start(), S3Server.start(python ?? '')]);
    Object.assign(process.env, s3.env, { EARSIGHT_CACHE: join(cwd, 'submitter') });
    videos = join(cwd, 'in');
    await makeTinyVideos(videos, COUNT);
    packs = [await makeEmptyPack(join(cwd, 'pack'))];
    await run({ inputs: [videos], out: join(cwd, 'undisturbed'), packs });
    expected = await publishedFiles(join(cwd, 'undisturbed'));
  });
  afterAll(async () => {
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

  /** Inputs, raw frames and their holds that are left in the bucket. */
  async function leftovers(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of new Bucket({ bucket: s3.bucket, prefix }).list('')) names.push(name);
    expect(names.filter((name) => name.startsWith('artefacts/'))).not.toEqual([]);
    return names.filter((name) => name.startsWith('scratch/') || name.startsWith('holds/'));
  }

  it('publish the bytes of a run on one machine, with inputs that only the submitter has', async () => {
    const store = `s3://${s3.bucket}/apart`;
    const out = join(cwd, 'apart');
    const options = ['--out', out, '--pack', packs[0] ?? '', '--redis', redis.url, '--store', store];
    const submitted = await earsight(['submit', videos, ...options], { cwd });
    expect([submitted.code, submitted.stderr]).toEqual([0, 'packs: none\n']);
    // The folder is renamed, so that no worker can read the inputs by path.
    await rename(videos, `${videos}-away`);
    startMachines();
    const control = new FleetControl(redis.url);
    try {
      while ((await control.videos(COUNT)).some(({ state }) => state !== 'completed')) await sleep(100);
    } finally {
      await control.close();
    }
    await rename(`${videos}-away`, videos);
    const fleet = { inputs: [videos], out, packs, redis: redis.url, store };
    expect((await run(fleet)).summary.counts).toEqual({ done: COUNT, failed: 0, skipped: 0 });
    expect(await publishedFiles(out)).toEqual(expected);
    expect(await leftovers('apart')).toEqual([]);
    expect((await run(fleet)).summary.counts).toEqual({ done: 0, failed: 0, skipped: COUNT });
  }, 120_000);

  it('publish the same bytes when a worker is killed during a video in time shards', async () => {
    const out = join(cwd, 'killed');
    const options = { inputs: [videos], out, packs, redis: redis.url, store: `s3://${s3.bucket}/killed/`, shardSec: 1 };
    const first = machines.map(async (machine) => {
      await machine.begins('inference');
      return machine;
    });
    const running = run(options);
    const victim = await Promise.race(first);
    await victim.killOne(0);
    const { rows } = await running;
    expect(victim.killsWhileInferring).toBe(1);
    expect(rows.map(({ status, error }) => error?.code ?? status)).toEqual(rows.map(() => 'done'));
    expect(await publishedFiles(out)).toEqual(expected);
    expect(await leftovers('killed')).toEqual([]);
    expect(await readdir(join(out, '.earsight', 'tmp'))).toEqual([]);
  }, 120_000);

  it('do the jobs of a server whose data folder they cannot read', async () => {
    const store = `s3://${s3.bucket}/served`;
    const logger = pino({ level: 'silent' });
    const data = join(cwd, 'data');
    const host = { host: '127.0.0.1', port: 0, minFreeBytes: 0, logger };
    const server = await serve({ ...host, data, packs, redis: redis.url, store });
    try {
      const form = new FormData();
      const clip = await readFile(join(videos, 'tiny-00.mp4'));
      form.append('file', new Blob([new Uint8Array(clip)]), 'tiny-00.mp4');
      const { id } = (await (await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: form })).json()) as JobView;
      expect(await settledJob(server.url, id)).toMatchObject({ state: 'done', name: 'tiny-00.mp4' });
      expect((await fetch(`${server.url}/v1/jobs/${id}/report`)).status).toBe(200);
      expect(await leftovers('served')).toEqual([]);
    } finally {
      await server.close();
    }
  }, 120_000);

  it('record a death in the bucket, with the ffprobe output for an input that only the bucket has', async () => {
    const place = `s3://${s3.bucket}/deaths`;
    const store = await openBucketStore(place);
    const source = await store.identify(join(videos, 'tiny-00.mp4'));
    await store.putInput(source, 'job');
    const underway = { out: place, input: '/elsewhere/a.mp4', sha256: source.sha256, step: 'extract' };
    await recordDeath([underway, underway], { code: null, signal: 'SIGSEGV' }, ['last words']);
    const quarantine = new Quarantine(await openDocuments(place));
    const [found] = await quarantine.list();
    expect(found).toMatchObject({ input: '/elsewhere/a.mp4', deaths: [{ ending: 'SIGSEGV' }, { ending: 'SIGSEGV' }] });
    expect(found?.probe).toMatchObject({ streams: [{ codec_type: 'video' }, { codec_type: 'audio' }] });
    await expect(quarantine.admit(source.sha256, 'a.mp4')).rejects.toMatchObject({ code: 'EARSIGHT_QUARANTINED' });
    await quarantine.release(source.sha256);
    expect(await quarantine.list()).toEqual([]);
  });

  it('are checked by the doctor: a reachable bucket and a missing one', async () => {
    expect(await checkStore(`s3://${s3.bucket}/x`)).toMatchObject([{ what: 'store', state: 'ok' }]);
    const found: string = expect.stringContaining('there is no bucket') as string;
    expect(await checkStore('s3://no-such-bucket/x')).toMatchObject([{ state: 'lacking', found }]);
  });
});
