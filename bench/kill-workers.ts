// npx tsx bench/kill-workers.ts [--kills 100] [--videos 50] [--workers 3] [--stop-redis 20] [--seed 1]
//   [--pack built-in] [--bucket]
// The long form of tests/fleet-kills.test.ts. A fleet processes a folder while its workers are killed with SIGKILL at
// random moments, half of them during inference, and Redis is stopped once for a while. With --bucket the workers share
// no folder, and the S3 server is stopped too. Every published byte is then compared with that of an undisturbed run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BUILT_IN } from '../models/packs/built-in.js';
import { run } from '../pipeline/index.js';
import { pythonWithMoto, S3Server } from '../core/store/bucket/testing/s3-server.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { runUnderKills } from '../tests/kill-workers.js';
import { publishedFiles } from '../tests/published-files.js';
import { makeTinyVideos } from '../tests/tiny-videos.js';
import { WorkerFleet } from '../tests/worker-fleet.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    videos: { type: 'string', default: '50' },
    workers: { type: 'string', default: '3' },
    'stop-redis': { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    pack: { type: 'string', default: BUILT_IN },
    bucket: { type: 'boolean', default: false },
  },
});
const [kills, videos, workers, seed] = [values.kills, values.videos, values.workers, values.seed].map(Number);
if (kills === undefined || videos === undefined || workers === undefined || seed === undefined) throw new RangeError();

const cwd = await mkdtemp(join(tmpdir(), 'earsight-kills-'));
const server = await RedisServer.start();
const s3 = values.bucket ? await S3Server.start(pythonWithMoto() ?? '') : null;
Object.assign(process.env, s3?.env, { EARSIGHT_CACHE: join(cwd, 'submitter') });
const fleet = new WorkerFleet({
  redisUrl: server.url,
  cwd,
  workers,
  lockSec: 2,
  env: { EARSIGHT_CACHE: join(cwd, 'workers') },
});
try {
  const inputs = [join(cwd, 'in')];
  const packs = [values.pack];
  await makeTinyVideos(join(cwd, 'in'), videos);
  await run({ inputs, out: join(cwd, 'undisturbed'), packs });
  const undisturbed = await publishedFiles(join(cwd, 'undisturbed'));

  const out = join(cwd, 'out');
  const started = performance.now();
  const stopped = stopServersOnce(Number(values['stop-redis']));
  const rows = [];
  // If a run ends before all kills have happened, the same videos are run again into another output folder.
  for (let turn = 0; fleet.kills < kills || turn === 0; turn++) {
    const plan = { kills, between: [300, 3_000], seed: seed + turn } as const;
    const store = s3 === null ? {} : { store: `s3://${s3.bucket}/${turn}` };
    const options = { inputs, out: join(out, String(turn)), packs, redis: server.url, ...store };
    const result = await runUnderKills(fleet, options, plan);
    const found = await publishedFiles(join(out, String(turn)));
    rows.push({
      turn,
      kills: fleet.kills,
      whileInferring: fleet.killsWhileInferring,
      done: result.summary.counts.done,
      failed: result.summary.failuresPerCode,
      reasons: [...new Set(result.rows.flatMap(({ error }) => error?.message ?? []))],
      rowsOnce: new Set(result.rows.map(({ input }) => input)).size === videos && result.rows.length === videos,
      identical: JSON.stringify(found) === JSON.stringify(undisturbed),
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  await stopped;
  console.log(`${fleet.kills} kills in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  if (rows.some(({ identical, rowsOnce }) => !identical || !rowsOnce)) process.exitCode = 1;
} finally {
  await fleet.stop();
  await server.stop();
  await s3?.stop();
  await rm(cwd, { recursive: true, force: true });
}

async function stopServersOnce(seconds: number): Promise<void> {
  for (const stopped of s3 === null ? [server] : [server, s3]) {
    await sleep(10_000);
    stopped.signal('SIGSTOP');
    await sleep(seconds * 1000);
    stopped.signal('SIGCONT');
  }
}
