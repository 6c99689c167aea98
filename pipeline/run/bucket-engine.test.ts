import { S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { FakeWork, fakeJob } from '../../queues/testing/fake-work.js';
import { Bucket } from '../../core/store/bucket/bucket.js';
import { BucketStore } from '../../core/store/bucket/bucket-store.js';
import { credentials } from '../../core/store/bucket/testing/s3-server.js';
import { BucketEngine } from './bucket-engine.js';
import { standardGraph } from '../work/standard-graph.js';
import { VideoWork } from '../work/video-work.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-bucket-engine-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** An engine whose bucket cannot be reached, in front of one that would accept any job. */
async function engineWithUnreachableBucket(): Promise<BucketEngine> {
  const unreachable = new S3Client({ endpoint: 'http://127.0.0.1:1', region: 'none', credentials, maxAttempts: 1 });
  const bucket = new Bucket({ bucket: 'away', prefix: 'p' }, unreachable);
  const store = await BucketStore.open({ bucket, cacheFolder: join(folder, 'cache') });
  const graph = standardGraph({ segment: '1', frames: 'all', labels: null, timeoutSec: undefined }, null);
  const services = { packs: () => Promise.resolve(null), cacheFolder: store.cacheFolder };
  const work = new VideoWork({ store, graph, services, results: null, sharding: null });
  return new BucketEngine(new InlineEngine(new FakeWork()), store, work);
}

it('cancels a job at once while it waits for an unreachable bucket', async () => {
  const engine = await engineWithUnreachableBucket();
  const input = join(folder, 'v.mp4');
  await writeFile(input, 'bytes');
  const submitted = engine.submit({ ...fakeJob('one'), input });
  const ended = submitted.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  // By then the first attempt has failed, and the engine waits before the next one.
  await sleep(500);
  engine.cancel('one');
  expect(await Promise.race([ended, sleep(1_000, 'still waiting')])).toMatchObject({ code: 'EARSIGHT_CANCELLED' });
  await engine.close();
});
