import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import type { JobView } from '../../server/api-schemas.js';
import { DataFolder } from '../../server/data-folder.js';
import { openServer, type OpenServer } from '../../server/open-server.js';
import type { StageServices } from '../../stages/services.js';
import type { Stage, StageContext } from '../../core/stage.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import { FolderJobCleanup } from './folder-job-cleanup.js';
import { ResultFolder } from './result-folder.js';
import { checkOrder, stageNode, type StageGraph } from './stage-graph.js';
import { VideoWork } from './video-work.js';

type Body = (context: StageContext<object, StageServices>) => Promise<void>;

function stage(name: string, inputs: string[], scratch: boolean, run: Body): Stage<object, StageServices> {
  return { name, version: 1, inputs, params: z.strictObject({}), resource: 'light', scratch, run };
}

/** Pauses a running stage until it is resumed or cancelled. */
class Pause {
  private begin: () => void = () => undefined;
  readonly began = new Promise<void>((resolve) => (this.begin = resolve));
  resume: () => void = () => undefined;

  async wait(signal: AbortSignal): Promise<void> {
    this.begin();
    await new Promise<void>((resolve) => {
      this.resume = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

let data: DataFolder;
let server: OpenServer;
/** Pauses the last stage of the next job; null lets it run. */
let pause: Pause | null;

/** Three stages: raw frames, a picture, and a report that names its video and can be paused. */
function tinyGraph(): StageGraph {
  const copy: Body = async ({ source, folder }) => await writeFile(join(folder, 'a.jpg'), await readFile(source.path));
  const report: Body = async ({ folder, signal }) => {
    await pause?.wait(signal);
    await writeFile(join(folder, 'report.html'), 'content');
  };
  return checkOrder([
    stageNode(stage('extract', [], true, copy), {}),
    stageNode(stage('shots', ['extract'], false, copy), {}, { publishes: ['a.jpg'] }),
    stageNode(
      stage('report', ['extract', 'shots'], false, report),
      {},
      { publishes: ['report.html'], namesSource: true },
    ),
  ]);
}

beforeEach(async () => {
  data = await DataFolder.open(await mkdtemp(join(tmpdir(), 'earsight-remains-')));
  pause = null;
  await start();
});
afterEach(async () => {
  await server.close();
  await rm(data.root, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const store = await ArtefactStore.open(data.results);
  const graph = tinyGraph();
  const results = new ResultFolder(data.results, store, graph);
  const services = { packs: () => Promise.resolve(null), cacheFolder: '' };
  const work = new VideoWork({ store, graph, services, results, sharding: null });
  server = await openServer({
    data,
    engine: new InlineEngine(work),
    isDurable: false,
    jobOf: ({ input, id: output }, id) => ({ id, input, output, run: { out: data.results, settings: '' } }),
    cleanup: new FolderJobCleanup(store, work),
    host: '127.0.0.1',
    port: 0,
    minFreeBytes: 0,
    logger: pino({ level: 'silent' }),
  });
}

async function upload(content: string): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([content]), 'clip.mp4');
  return ((await (await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: form })).json()) as JobView).id;
}

async function settled(id: string): Promise<string> {
  return ((await (await fetch(`${server.url}/v1/jobs/${id}?wait=20`)).json()) as JobView).state;
}

async function remove(id: string, query = ''): Promise<number> {
  return (await fetch(`${server.url}/v1/jobs/${id}${query}`, { method: 'DELETE' })).status;
}

/** Uploads a file, and resolves when the job's last stage is paused. */
async function uploadAndPause(content: string): Promise<string> {
  pause = new Pause();
  const id = await upload(content);
  await pause.began;
  return id;
}

/** The folder of every file that jobs have left. */
async function remainingFiles(): Promise<string[]> {
  const entries = await readdir(data.root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    // A folder was removed while it was read, so the listing is repeated.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (entries === null) return await remainingFiles();
  const files = entries.filter((entry) => entry.isFile()).map((entry) => relative(data.root, entry.parentPath));
  return files.filter((folder) => folder !== '' && folder !== 'results/.earsight').sort();
}

describe('DELETE with purge=true', () => {
  it('removes every file of a finished job', async () => {
    const id = await upload('content');
    expect(await settled(id)).toBe('done');
    expect((await remainingFiles()).length).toBeGreaterThan(5);
    expect(await remove(id, '?purge=true')).toBe(204);
    await expect.poll(remainingFiles, { timeout: 10_000 }).toEqual([]);
  });

  it('stops a running job and removes its files, including raw frames', async () => {
    const id = await uploadAndPause('content');
    expect(await remainingFiles()).toContainEqual(expect.stringContaining('/scratch/'));
    expect(await remove(id, '?purge=true')).toBe(204);
    await expect.poll(remainingFiles, { timeout: 10_000 }).toEqual([]);
  });

  it('keeps the artefacts that a running job with the same content needs', async () => {
    const first = await upload('content');
    expect(await settled(first)).toBe('done');
    const second = await uploadAndPause('content');
    expect(await remove(first, '?purge=true')).toBe(204);
    pause?.resume();
    expect(await settled(second)).toBe('done');
    expect(await remove(second, '?purge=true')).toBe(204);
    await expect.poll(remainingFiles, { timeout: 10_000 }).toEqual([]);
  });
});

it('keeps the raw frames of a cancelled job for a retry, until a server starts with no unfinished job', async () => {
  const id = await uploadAndPause('content');
  expect(await remove(id)).toBe(200);
  const scratch = join(data.results, '.earsight/scratch');
  expect(await readdir(scratch)).toHaveLength(1);
  await server.close();
  await start();
  expect(await readdir(scratch)).toEqual([]);
  pause = null;
  await fetch(`${server.url}/v1/jobs/${id}/retry`, { method: 'POST' });
  expect(await settled(id)).toBe('done');
});
