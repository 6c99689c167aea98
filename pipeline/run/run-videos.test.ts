import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toldWarning, warningOf } from '../../core/warnings.js';
import { z } from 'zod';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import type { StageServices } from '../../stages/services.js';
import { EarsightError } from '../../core/errors.js';
import type { EventsFile } from '../../core/schemas/events.js';
import type { Stage, StageContext } from '../../core/stage.js';
import type { RunEvent } from './run-events.js';
import { runVideos, type RunResult } from './run-videos.js';
import { checkOrder, stageNode, type StageGraph } from '../work/stage-graph.js';

let base: string;
let videos: string;
let out: string;
/** One line `<stage> <content of the file>` for every time a stage ran. */
let ran: string[];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'earsight-run-'));
  videos = join(base, 'videos');
  out = join(base, 'out');
  ran = [];
  await mkdir(videos);
});
afterEach(async () => await rm(base, { recursive: true, force: true }));

type TinyParams = { labels?: string | undefined };
const paramsSchema: z.ZodType<TinyParams> = z.strictObject({ labels: z.string().optional() });

/**
 * A stage of a pipeline for text files: upper case, then a file that names the label. The content "bad" cannot be
 * decoded, and "slow" waits until the run is cancelled.
 */
function tinyStage(
  name: string,
  inputs: string[],
  scratch: boolean,
  body: (context: StageContext<TinyParams, StageServices>) => Promise<void>,
): Stage<TinyParams, StageServices> {
  return {
    name,
    version: 1,
    inputs,
    params: paramsSchema,
    resource: scratch ? 'media' : 'light',
    scratch,
    run: async (context) => {
      ran.push(`${name} ${await readFile(context.source.path, 'utf8')}`);
      await body(context);
    },
  };
}

const extract = tinyStage('extract', [], true, async ({ source, folder, signal, warn }) => {
  const text = await readFile(source.path, 'utf8');
  if (text === 'bad') throw new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: source.path, reason: 'it says so' });
  if (text === 'slow') await sleep(60_000, undefined, { signal });
  if (text === 'short') warn(warningOf('EARSIGHT_WARN_SHORT', { claimedSec: 6, decodedSec: 3 }, { startSec: 3 }));
  if (text === 'short') warn(warningOf('EARSIGHT_WARN_WHOLE', { reason: 'it says so' }));
  await writeFile(join(folder, 'raw.txt'), text.toUpperCase());
});
const shots = tinyStage('shots', ['extract'], false, async ({ inputs, folder }) => {
  await mkdir(join(folder, 'keyframes'));
  await copyFile(join(inputs['extract']?.folder ?? '', 'raw.txt'), join(folder, 'keyframes', 'shot-0001.jpg'));
});
const encode = tinyStage('encode', ['extract'], false, async ({ inputs, folder }) => {
  await copyFile(join(inputs['extract']?.folder ?? '', 'raw.txt'), join(folder, 'rows.txt'));
});
const parse = tinyStage('parse', ['encode'], false, async ({ source, inputs, folder, params }) => {
  const label = params.labels ?? (await readFile(join(inputs['encode']?.folder ?? '', 'rows.txt'), 'utf8'));
  const file: EventsFile = {
    schema: 1,
    source: { path: source.path, sha256: source.sha256, bytes: source.bytes, durationSec: 2 },
    grid: { segmentSec: 1, count: 2 },
    frameMode: 'all',
    device: null,
    labels: [label],
    uncovered: [],
    models: [],
    events: [{ modality: 'audio', label, startSec: 0, endSec: 1, confidence: 1 }],
    warnings: Object.values(inputs).flatMap(({ warnings }) => warnings.map(toldWarning)),
  };
  await writeFile(join(folder, 'events.json'), JSON.stringify(file));
});

function tinyGraph(labels?: string): StageGraph {
  return checkOrder([
    stageNode(extract, {}),
    stageNode(shots, {}, { publishes: ['keyframes'] }),
    stageNode(encode, {}),
    stageNode(parse, { labels }, { publishes: ['events.json'], namesSource: true }),
  ]);
}

interface TinyRun {
  readonly inputs?: readonly string[];
  readonly labels?: string;
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

async function run(options: TinyRun = {}): Promise<RunResult> {
  return await runVideos({
    inputs: options.inputs ?? [videos],
    outputFolder: out,
    graph: tinyGraph(options.labels),
    services: { packs: () => Promise.resolve(null), cacheFolder: '' },
    run: { out, settings: 'tiny' },
    store: null,
    sharding: null,
    packs: [],
    frameMode: 'all',
    force: options.force ?? false,
    signal: options.signal ?? new AbortController().signal,
    // Two decodes at a time, so that one can finish while the other waits to be cancelled.
    createEngine: (work) => new InlineEngine(work, { media: 2, inference: 1, light: 2, videos: 3 }),
    speedOfLight: () => null,
    onEvent: options.onEvent ?? (() => undefined),
  });
}

async function put(name: string, text: string): Promise<void> {
  await mkdir(join(videos, name, '..'), { recursive: true });
  await writeFile(join(videos, name), text);
}

function statuses({ rows }: RunResult): string[] {
  return rows.map((row) => `${row.status} ${row.input.slice(base.length + 1)}`);
}

describe('runVideos', () => {
  it('publishes every video, drops scratch artefacts and writes one row per input', async () => {
    await put('a.mp4', 'a');
    await put('deep/down/ü b.mkv', 'b');
    await put('notes.txt', 'not a video');
    await put('.hidden.mp4', 'hidden');
    const result = await run();
    expect(statuses(result)).toEqual(['done videos/a.mp4', 'done videos/deep/down/ü b.mkv']);
    expect(await readFile(join(out, 'deep/down/ü b.mkv/keyframes/shot-0001.jpg'), 'utf8')).toBe('B');
    const lines = (await readFile(join(out, 'index.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(result.rows);
    expect(result.rows[0]).toMatchObject({
      durationSec: 2,
      outputs: ['a.mp4/events.json', 'a.mp4/keyframes/shot-0001.jpg'],
    });
    expect(result.summary).toMatchObject({
      counts: { done: 2, failed: 0, skipped: 0 },
      eventsPerLabel: { A: 1, B: 1 },
    });
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('a.mp4');
    for (const part of ['scratch', 'holds', 'tmp', 'locks'])
      expect(await readdir(join(out, '.earsight', part))).toEqual([]);
  });

  it('keeps a warning in events.json, index and summary, also when the stage that gave it is not run again', async () => {
    await put('a.mp4', 'short');
    const told: RunEvent[] = [];
    const onEvent = (event: RunEvent): void => void (event.type === 'warning' && told.push(event));
    const first = await run({ onEvent });
    const again = await run({ labels: 'other', onEvent });
    const skipped = await run({ labels: 'other', onEvent });
    expect(statuses(again)).toEqual(['done videos/a.mp4']);
    expect(statuses(skipped)).toEqual(['skipped videos/a.mp4']);
    for (const result of [first, again, skipped]) {
      expect(result.rows[0]?.warnings).toEqual({ count: 1, codes: ['EARSIGHT_WARN_SHORT'] });
      expect(result.summary.warningsPerCode).toEqual({ EARSIGHT_WARN_SHORT: 1 });
    }
    const file = JSON.parse(await readFile(join(out, 'a.mp4/events.json'), 'utf8')) as EventsFile;
    expect(file.labels).toEqual(['other']);
    expect(file.warnings).toEqual([
      expect.objectContaining({
        code: 'EARSIGHT_WARN_SHORT',
        message: 'the header claims 6 s, 3 s could be decoded',
        startSec: 3,
      }),
    ]);
    expect(told.map((event) => event.type === 'warning' && event.code)).toEqual([
      'EARSIGHT_WARN_SHORT',
      'EARSIGHT_WARN_WHOLE',
    ]);
  });

  it('skips finished videos, also when the output folder is inside the input folder', async () => {
    out = join(videos, 'out');
    await put('a.mp4', 'a');
    await run();
    await put('out/x.mp4', 'looks like a video');
    const before = ran.length;
    const events: string[] = [];
    const second = await run({ onEvent: (event) => events.push(event.type) });
    expect(statuses(second)).toEqual(['skipped videos/a.mp4']);
    expect(ran.length).toBe(before);
    expect(events).toEqual(['inputs', 'settled']);
    expect(second.summary.eventsPerLabel).toEqual({ A: 1 });
  });

  it('redoes only what depends on a changed parameter, without decoding again', async () => {
    await put('a.mp4', 'a');
    await run();
    ran = [];
    const result = await run({ labels: 'Dog' });
    expect(ran).toEqual(['parse a']);
    expect(statuses(result)).toEqual(['done videos/a.mp4']);
    expect(result.summary.eventsPerLabel).toEqual({ Dog: 1 });
  });

  it('runs every stage again when forced', async () => {
    await put('a.mp4', 'a');
    await run();
    ran = [];
    expect(statuses(await run({ force: true }))).toEqual(['done videos/a.mp4']);
    expect(ran.sort()).toEqual(['encode a', 'extract a', 'parse a', 'shots a']);
  });

  it('publishes damaged results again from the artefacts, and keeps other files', async () => {
    await put('a.mp4', 'a');
    await run();
    await writeFile(join(out, 'a.mp4/events.json'), '{');
    await writeFile(join(out, 'a.mp4/notes.txt'), "the user's own");
    ran = [];
    expect(statuses(await run())).toEqual(['done videos/a.mp4']);
    expect(ran).toEqual([]);
    expect(JSON.parse(await readFile(join(out, 'a.mp4/events.json'), 'utf8'))).toMatchObject({ labels: ['A'] });
    expect(await readFile(join(out, 'a.mp4/notes.txt'), 'utf8')).toBe("the user's own");
  });

  it('gives every failing input a row and processes the others', async () => {
    await put('a.mp4', 'a');
    await put('b.mp4', 'bad');
    await put('c.mp4', '');
    await put('d.mp4', 'd');
    const result = await run({ inputs: [videos, join(base, 'nowhere'), join(base, 'list.txt')] });
    expect(statuses(result)).toEqual([
      'done videos/a.mp4',
      'failed videos/b.mp4',
      'failed videos/c.mp4',
      'done videos/d.mp4',
      'failed nowhere',
      'failed list.txt',
    ]);
    expect(result.rows[1]?.error?.code).toBe('EARSIGHT_INPUT_DAMAGED');
    expect(result.summary.failuresPerCode).toEqual({
      EARSIGHT_INPUT_DAMAGED: 1,
      EARSIGHT_INPUT_EMPTY: 1,
      EARSIGHT_INPUT_MISSING: 2,
    });
    expect(await readdir(out)).not.toContain('b.mp4');
    expect(await readdir(join(out, '.earsight', 'scratch'))).toEqual([]);
  });

  it('gives copies of one file with the same name their own folders, and encodes them once', async () => {
    await put('one/a.mp4', 'same');
    await put('two/a.mp4', 'same');
    const inputs = [join(videos, 'one'), join(videos, 'two/a.mp4')];
    const result = await run({ inputs });
    const folders = result.rows.map((row) => row.outputs[0]?.slice(0, -'/events.json'.length) ?? '');
    expect(folders[0]).toBe('a.mp4');
    expect(folders[1]).toMatch(/^two-[0-9a-f]{8}\/a\.mp4$/);
    for (const [index, folder] of folders.entries()) {
      const file = JSON.parse(await readFile(join(out, folder, 'events.json'), 'utf8')) as EventsFile;
      expect(file.source.path).toBe(join(videos, index === 0 ? 'one/a.mp4' : 'two/a.mp4'));
    }
    expect(ran.filter((line) => line.startsWith('encode'))).toHaveLength(1);
    expect(statuses(await run({ inputs }))).toEqual(['skipped videos/one/a.mp4', 'skipped videos/two/a.mp4']);
  });

  it('does not give the folder of an earlier video to another one', async () => {
    await put('one/a.mp4', 'first');
    await put('two/a.mp4', 'second');
    await run({ inputs: [join(videos, 'one')] });
    const result = await run({ inputs: [join(videos, 'two')] });
    expect(result.rows[0]?.outputs[0]).toMatch(/^two-[0-9a-f]{8}\//);
    expect(await readFile(join(out, 'a.mp4/keyframes/shot-0001.jpg'), 'utf8')).toBe('FIRST');
  });

  it('follows lists and links, including a link to its own folder', async () => {
    await put('a.mp4', 'a');
    await put('-odd.mp4', 'odd');
    await symlink(videos, join(videos, 'again'));
    await symlink('nowhere', join(videos, 'dangling.mp4'));
    await writeFile(join(base, 'list.txt'), '\uFEFFvideos/-odd.mp4\r\n\r\nvideos\r\nvideos/gone.mp4\r\n');
    const result = await run({ inputs: [join(base, 'list.txt')] });
    expect(result.rows.map((row) => `${row.status} ${row.input}`)).toEqual([
      'done videos/-odd.mp4',
      'done videos/a.mp4',
      'failed videos/gone.mp4',
    ]);
  });

  it('reports an empty folder, and never overwrites the input', async () => {
    expect((await run()).rows[0]?.error?.code).toBe('EARSIGHT_INPUT_NONE');
    await put('a.mp4', 'a');
    out = videos;
    const result = await run({ inputs: [join(videos, 'a.mp4')] });
    expect(result.rows[0]?.error?.code).toBe('EARSIGHT_OUTPUT_UNWRITABLE');
    expect(await readFile(join(videos, 'a.mp4'), 'utf8')).toBe('a');
  });

  it('keeps finished videos when cancelled, and continues with the others', async () => {
    await put('a.mp4', 'a');
    await put('b.mp4', 'slow');
    const controller = new AbortController();
    const cancelled = await run({
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'settled') controller.abort();
      },
    });
    expect(statuses(cancelled)).toEqual(['done videos/a.mp4']);
    expect(await readdir(join(out, '.earsight', 'tmp'))).toEqual([]);
    await put('b.mp4', 'b');
    expect(statuses(await run())).toEqual(['skipped videos/a.mp4', 'done videos/b.mp4']);
  });

  it('runs each stage once when two runs share one output folder', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await put(`${name}.mp4`, name);
    const results = await Promise.all([run(), run()]);
    for (const result of results) expect(result.summary.counts.failed).toBe(0);
    expect(ran.filter((line) => line.startsWith('encode')).sort()).toEqual([
      'encode a',
      'encode b',
      'encode c',
      'encode d',
    ]);
    expect(await readdir(join(out, '.earsight', 'scratch'))).toEqual([]);
  });
});
