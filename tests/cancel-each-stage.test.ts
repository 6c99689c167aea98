import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg } from '../fixtures/ffmpeg.js';
import { BUILT_IN } from '../models/packs/built-in.js';
import { resolvePacks } from '../models/packs/resolve-packs.js';
import { toEarsightError } from '../core/errors.js';
import { FolderJobCleanup } from '../pipeline/work/folder-job-cleanup.js';
import { LazyPacks } from '../pipeline/work/lazy-packs.js';
import { ResultFolder } from '../pipeline/work/result-folder.js';
import { Sharding } from '../pipeline/work/sharding.js';
import type { StageGraph } from '../pipeline/work/stage-graph.js';
import { standardGraph } from '../pipeline/work/standard-graph.js';
import { VideoWork } from '../pipeline/work/video-work.js';
import { ArtefactStore } from '../core/store/artefact-store.js';
import { BullmqEngine } from '../queues/bullmq/bullmq-engine.js';
import { BullmqWorker } from '../queues/bullmq/bullmq-worker.js';
import type { Engine, Job, Work } from '../queues/engine.js';
import { InlineEngine } from '../queues/inline/inline-engine.js';
import type { JobView } from '../server/api-schemas.js';
import { DataFolder } from '../server/data-folder.js';
import { openServer } from '../server/open-server.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { HeldStages } from './held-stages.js';
import { otherProcessesNaming } from './processes.js';

const STOP_LIMIT_MS = 2_000;
const AFTER_ENCODE = ['track', 'listen', 'transcribe', 'label', 'parse', 'describe', 'script', 'report'];
const STAGES = ['extract', 'shots', 'sound', 'score', 'encode', ...AFTER_ENCODE];
const SHARDED_STAGES = [
  ...['extract-sound', 'extract-picture-1', 'extract', 'shots', 'sound', 'score', 'encode-1', 'encode'],
  ...AFTER_ENCODE,
];
/** Slots for every kind of stage, so that no stage waits for one that is held. */
const CONCURRENCY = { media: 4, inference: 4, light: 1 };
/** Results that do not contain the path of the input, which differs between a server and an engine. */
const COMPARED = ['shots.json', 'audio.json', 'objects.json', 'segments.jsonl'];

/** A video that is submitted in one way and can be submitted again after it was cancelled. */
interface Submission {
  readonly results: string;
  /** Name of the folder with the results of the video. */
  output(): string;
  begin(): Promise<void>;
  cancel(): Promise<void>;
  /** Resolves with how the current attempt ended: `done`, `cancelled`, or an error code. */
  end(): Promise<string>;
  close(): Promise<void>;
}

let cwd: string;
let clip: string;
let graph: StageGraph;
let packs: LazyPacks;
let undisturbed: Record<string, string>;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-cancel-'));
  process.env['EARSIGHT_CACHE'] = join(cwd, 'cache');
  clip = join(cwd, 'clip.mp4');
  await ffmpeg(
    ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=8', '-f', 'lavfi', '-i', 'sine=440:duration=8'],
    ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-c:a', 'aac', '-shortest', clip],
  );
  const resolved = await resolvePacks([BUILT_IN]);
  packs = new LazyPacks(resolved, 'cpu', () => undefined);
  graph = standardGraph({ segment: '1', frames: 'all', labels: null, timeoutSec: undefined }, resolved);
  const submission = await submitted(join(cwd, 'undisturbed'), new HeldStages([]), inline);
  await submission.begin();
  expect(await submission.end()).toBe('done');
  undisturbed = await comparedFiles(submission);
  await submission.close();
});
afterAll(async () => {
  await packs.close();
  delete process.env['EARSIGHT_CACHE'];
  await rm(cwd, { recursive: true, force: true });
});

async function workIn(results: string, stages: HeldStages, shardSec: number | null): Promise<VideoWork> {
  const store = await ArtefactStore.open(results);
  const services = { packs: async () => await packs.packs(), cacheFolder: join(results, '.earsight', 'cache') };
  const sharding = shardSec === null ? null : new HeldSharding(graph, shardSec, stages);
  const held = stages.wrap(graph);
  return new VideoWork({ store, graph: held, services, results: new ResultFolder(results, store, graph), sharding });
}

class HeldSharding extends Sharding {
  constructor(
    whole: StageGraph,
    shardSec: number,
    private readonly stages: HeldStages,
  ) {
    super(whole, shardSec);
  }

  override graphFor(cut: Parameters<Sharding['graphFor']>[0]): StageGraph {
    return this.stages.wrap(super.graphFor(cut));
  }
}

type OpenEngine = (work: Work) => Promise<{ readonly engine: Engine; readonly close: () => Promise<void> }>;

const inline: OpenEngine = (work) => {
  const engine = new InlineEngine(work, { ...CONCURRENCY, videos: 1 });
  return Promise.resolve({ engine, close: async () => await engine.close() });
};

const fleet: OpenEngine = async (work) => {
  const redis = await RedisServer.start();
  const { url } = redis;
  const engine = await BullmqEngine.open({ url });
  const worker = await BullmqWorker.start({
    url,
    work,
    concurrency: CONCURRENCY,
    lockSec: 30,
    onEvent: () => undefined,
  });
  const close = async (): Promise<void> => {
    await worker.close(0);
    await engine.close();
    await redis.stop();
  };
  return { engine, close };
};

/** Submits a video to an engine. */
async function submitted(
  results: string,
  stages: HeldStages,
  open: OpenEngine,
  shardSec: number | null = null,
): Promise<Submission> {
  const { engine, close } = await open(await workIn(results, stages, shardSec));
  const job: Job = { id: 'clip', input: clip, output: 'clip.mp4', run: { out: results, settings: '' } };
  let end: Promise<string> = Promise.resolve('');
  return {
    results,
    output: () => job.output,
    begin: async () => {
      const events = engine.events();
      end = (async () => {
        for await (const event of events) {
          if (event.type === 'done') return 'done';
          if (event.type !== 'failed') continue;
          const { code } = toEarsightError(event.error);
          return code === 'EARSIGHT_CANCELLED' ? 'cancelled' : code;
        }
        return 'closed';
      })();
      await engine.submit(job);
    },
    cancel: () => {
      engine.cancel(job.id);
      return Promise.resolve();
    },
    end: () => end,
    close,
  };
}

/** Uploads a video to a server. */
async function uploaded(folder: string, stages: HeldStages, open: OpenEngine): Promise<Submission> {
  const data = await DataFolder.open(folder);
  const work = await workIn(data.results, stages, null);
  const { engine, close } = await open(work);
  const server = await openServer({
    data,
    engine,
    isDurable: false,
    jobOf: ({ id: output, input }, id) => ({ id, input, output, run: { out: data.results, settings: '' } }),
    cleanup: new FolderJobCleanup(await ArtefactStore.open(data.results), work),
    host: '127.0.0.1',
    port: 0,
    minFreeBytes: 0,
    logger: pino({ level: 'silent' }),
  });
  let id = '';
  const ask = async (path: string, init?: RequestInit): Promise<JobView> =>
    (await (await fetch(`${server.url}/v1/jobs${path}`, init)).json()) as JobView;
  return {
    results: data.results,
    output: () => id,
    begin: async () => {
      const form = new FormData();
      form.append('file', new Blob([await readFile(clip)]), 'clip.mp4');
      if (id === '') ({ id } = await ask('', { method: 'POST', body: form }));
      else await ask(`/${id}/retry`, { method: 'POST' });
    },
    cancel: async () => {
      await ask(`/${id}`, { method: 'DELETE' });
    },
    end: async () => {
      const { state, error } = await ask(`/${id}?wait=50`);
      return error?.code ?? state;
    },
    close: async () => {
      await server.close();
      await close();
    },
  };
}

async function comparedFiles(submission: Submission): Promise<Record<string, string>> {
  const folder = join(submission.results, submission.output());
  const texts = COMPARED.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** Unfinished folders, locks and holds, and processes that name something below the folder of this test. */
async function leftovers({ results }: Submission): Promise<string[]> {
  const parts = ['tmp', 'locks', 'holds'].map(async (part) => await readdir(join(results, '.earsight', part)));
  return [...(await Promise.all(parts)).flat(), ...(await otherProcessesNaming(cwd))];
}

/** Names of the stages of which a complete artefact exists. */
async function completedStages({ results }: Submission): Promise<string[]> {
  const names = await readdir(join(results, '.earsight'), { recursive: true });
  const seals = names.filter((name) => /^(artefacts|scratch)\/.*artefact\.json$/.test(name));
  return await Promise.all(
    seals.map(async (name) => {
      const text = await readFile(join(results, '.earsight', name), 'utf8');
      return (JSON.parse(text) as { stage: string }).stage;
    }),
  );
}

describe.each([
  ['inline engine', STAGES, async (folder: string, stages: HeldStages) => await submitted(folder, stages, inline)],
  ['fleet, in shards', SHARDED_STAGES, async (folder, stages) => await submitted(folder, stages, fleet, 4)],
  ['REST over the inline engine', STAGES, async (folder, stages) => await uploaded(folder, stages, inline)],
  ['REST over a fleet', STAGES, async (folder, stages) => await uploaded(folder, stages, fleet)],
] satisfies [string, string[], (folder: string, stages: HeldStages) => Promise<Submission>][])(
  'a video cancelled through the %s',
  (name, order, open) => {
    const stages = new HeldStages(order);
    let submission: Submission;
    beforeAll(async () => (submission = await open(join(cwd, name), stages)));
    afterAll(async () => await submission.close());

    it.for(order)(
      'stops within two seconds during %s and leaves nothing behind',
      { timeout: 20_000 },
      async (stage, { annotate }) => {
        const running = stages.holdFrom(stage);
        await submission.begin();
        await running;
        const cancelledMs = performance.now();
        await submission.cancel();
        expect(await submission.end()).toBe('cancelled');
        while ((await leftovers(submission)).length > 0 && performance.now() - cancelledMs < STOP_LIMIT_MS)
          await sleep(10);
        const stoppedMs = performance.now() - cancelledMs;
        await annotate(`stopped after ${stoppedMs.toFixed(0)} ms`);
        expect(await leftovers(submission)).toEqual([]);
        expect(stoppedMs).toBeLessThan(STOP_LIMIT_MS);
        expect(await completedStages(submission)).not.toContain(stage);
        expect(existsSync(join(submission.results, submission.output()))).toBe(false);
      },
    );

    it('continues afterwards and gives the bytes of an undisturbed run', async () => {
      stages.release();
      await submission.begin();
      expect(await submission.end()).toBe('done');
      expect(await comparedFiles(submission)).toEqual(undisturbed);
      expect(await completedStages(submission)).toEqual(expect.arrayContaining(['shots', 'encode', 'label', 'report']));
    });
  },
);
