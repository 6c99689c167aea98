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

/** A stage at work, until it is let go or asked to stop. */
class Held {
  private begin: () => void = () => undefined;
  readonly began = new Promise<void>((resolve) => (this.begin = resolve));
  letGo: () => void = () => undefined;

  async until(signal: AbortSignal): Promise<void> {
    this.begin();
    await new Promise<void>((resolve) => {
      this.letGo = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

let data: DataFolder;
let server: OpenServer;
let held: Held | null;

/** Raw frames, a picture of them, and a file that names its video and of which one can be held at work. */
function tinyGraph(): StageGraph {
  const copy: Body = async ({ source, folder }) => await writeFile(join(folder, 'a.jpg'), await readFile(source.path));
  const tell: Body = async ({ folder, signal }) => {
    await held?.until(signal);
    await writeFile(join(folder, 'report.html'), 'words');
  };
  return checkOrder([
    stageNode(stage('extract', [], true, copy), {}),
    stageNode(stage('shots', ['extract'], false, copy), {}, { publishes: ['a.jpg'] }),
    stageNode(
      stage('report', ['extract', 'shots'], false, tell),
      {},
      { publishes: ['report.html'], namesSource: true },
    ),
  ]);
}

beforeEach(async () => {
  data = await DataFolder.open(await mkdtemp(join(tmpdir(), 'earsight-remains-')));
  held = null;
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

async function upload(words: string): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([words]), 'clip.mp4');
  return ((await (await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: form })).json()) as JobView).id;
}

async function settled(id: string): Promise<string> {
  return ((await (await fetch(`${server.url}/v1/jobs/${id}?wait=20`)).json()) as JobView).state;
}

async function remove(id: string, query = ''): Promise<number> {
  return (await fetch(`${server.url}/v1/jobs/${id}${query}`, { method: 'DELETE' })).status;
}

/** Uploads, and resolves when the last stage is at work. */
async function caught(words: string): Promise<string> {
  held = new Held();
  const id = await upload(words);
  await held.began;
  return id;
}

/** Every file that jobs have left, by its folder. */
async function left(): Promise<string[]> {
  const entries = await readdir(data.root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    // A folder went while it was read: what is there now is another matter.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (entries === null) return await left();
  const files = entries.filter((entry) => entry.isFile()).map((entry) => relative(data.root, entry.parentPath));
  return files.filter((folder) => folder !== '' && folder !== 'results/.earsight').sort();
}

describe('a purge leaves nothing', () => {
  it('of a job that is done', async () => {
    const id = await upload('words');
    expect(await settled(id)).toBe('done');
    expect((await left()).length).toBeGreaterThan(5);
    expect(await remove(id, '?purge=true')).toBe(204);
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  it('of a job that is stopped by it, raw frames included', async () => {
    const id = await caught('words');
    expect(await left()).toContainEqual(expect.stringContaining('/scratch/'));
    expect(await remove(id, '?purge=true')).toBe(204);
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  it('but what a job under way needs, which has the same content', async () => {
    const first = await upload('words');
    expect(await settled(first)).toBe('done');
    const second = await caught('words');
    expect(await remove(first, '?purge=true')).toBe(204);
    held?.letGo();
    expect(await settled(second)).toBe('done');
    expect(await remove(second, '?purge=true')).toBe(204);
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });
});

it('raw frames of a cancelled job are there for another try, until a start with nothing under way', async () => {
  const id = await caught('words');
  expect(await remove(id)).toBe(200);
  const scratch = join(data.results, '.earsight/scratch');
  expect(await readdir(scratch)).toHaveLength(1);
  await server.close();
  await start();
  expect(await readdir(scratch)).toEqual([]);
  held = null;
  await fetch(`${server.url}/v1/jobs/${id}/retry`, { method: 'POST' });
  expect(await settled(id)).toBe('done');
});
