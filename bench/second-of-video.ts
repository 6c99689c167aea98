/**
 * Measures the cost of a second of video with the built-in pack: processor time by part, and wall time.
 *
 * node dist/bench/second-of-video.js CLIP_OR_FOLDER… [--minutes 10]
 *
 * Processor time hardly depends on other load of the machine; for wall time the machine must be idle. `--minutes` adds
 * a video of that length, made by repeating the first clip. The cost of starting (loading modules, creating sessions)
 * is estimated by a run over one second.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { built, earsight, ffmpeg } from './child-runs.js';
import type { ThreadClock } from './second-of-video/thread-clock.js';

interface Cost {
  readonly wallMs: number;
  readonly partsMs: ReadonlyMap<string, number>;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { minutes: { type: 'string' } } });
const clips = (await Promise.all(positionals.map(clipsOf))).flat();
const [first] = clips;
if (first === undefined) throw new Error('usage: second-of-video CLIP_OR_FOLDER… [--minutes 10]');

const folder = await mkdtemp(join(tmpdir(), 'second-of-video-'));
try {
  const second = join(folder, 'second.mp4');
  await ffmpeg('-i', first, '-t', '1', '-c', 'copy', second);
  // This run imports the networks, so that no measured run has to.
  await costOf([second]);
  const start = await costOf([second]);
  report('one second, alone', 1, start);
  await reportAll(`${clips.length} clips`, clips, start);
  if (values.minutes !== undefined) {
    const long = join(folder, 'long.mp4');
    const repeats = Math.ceil((60 * Number(values.minutes)) / (await secondsOf(first)));
    await ffmpeg('-stream_loop', String(repeats - 1), '-i', first, '-c', 'copy', long);
    await reportAll(`${values.minutes} minutes of ${basename(first)}`, [long], start);
  }
} finally {
  await rm(folder, { recursive: true });
}

async function reportAll(name: string, videos: readonly string[], start: Cost): Promise<void> {
  const sizes = new Map<string, number>();
  let seconds = 0;
  for (const video of videos) {
    const size = await sizeOf(video);
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
    seconds += await secondsOf(video);
  }
  console.log(`\n${name}: ${[...sizes].map(([size, count]) => `${count} of ${size}`).join(', ')}`);
  const cost = await costOf(videos);
  report(`with its start, over ${seconds.toFixed(0)} s`, seconds, cost);
  const partsMs = new Map([...cost.partsMs].map(([part, ms]) => [part, ms - (start.partsMs.get(part) ?? 0)]));
  report('every further second', seconds - 1, { wallMs: cost.wallMs - start.wallMs, partsMs });
}

function report(name: string, seconds: number, { wallMs, partsMs }: Cost): void {
  const all = [...partsMs.values()].reduce((sum, ms) => sum + ms, 0);
  const rows = [...partsMs].map(([part, ms]) => `${part} ${(ms / seconds).toFixed(1)}`);
  console.log(`${name}: ${(all / seconds).toFixed(1)} core-ms a second, wall ${(wallMs / seconds).toFixed(1)} ms`);
  console.log(`  ${rows.join(', ')}`);
}

/** Measures one run of the command line and deletes its results. */
async function costOf(videos: readonly string[]): Promise<Cost> {
  const out = await mkdtemp(join(folder, 'run-'));
  const clocks = join(out, 'clocks');
  await mkdir(clocks);
  const probe = built('bench/second-of-video/thread-clock.js');
  const args = earsight(['run', ...videos, '--out', out, '--pack', 'built-in', '--offline', '--device', 'cpu']);
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', probe, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, EARSIGHT_BENCH_FOLDER: clocks },
  });
  const [status] = (await once(child, 'close')) as [number | null];
  const wallMs = performance.now() - began;
  if (status !== 0) throw new Error(`earsight ended with ${status}`);
  const threads = await Promise.all(
    (await readdir(clocks)).map(async (name) => JSON.parse(await readFile(join(clocks, name), 'utf8')) as ThreadClock),
  );
  await rm(out, { recursive: true });
  return { wallMs, partsMs: partsOf(threads) };
}

/**
 * Splits processor time by part. The time of the inference threads is divided among the networks in proportion to their
 * time inside batches; this includes the time for creating sessions.
 */
function partsOf(threads: readonly ThreadClock[]): ReadonlyMap<string, number> {
  const main = threads.find((thread) => thread.main);
  if (!main) throw new Error('the main thread left no clock');
  const inference = threads.filter((thread) => !thread.main).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const parts = new Map([
    ['extraction', main.childrenMs],
    ['main thread', main.cpuMs],
    ["V8's helpers", main.processMs - main.cpuMs - inference],
  ]);
  const inBatches = Object.values(main.networksMs).reduce((sum, ms) => sum + ms, 0);
  for (const [network, ms] of Object.entries(main.networksMs)) parts.set(network, (inference * ms) / inBatches);
  return parts;
}

async function clipsOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [resolve(path)];
  const names = (await readdir(path)).filter((name) => /\.(mp4|webm|mkv|mov)$/.test(name)).sort();
  return names.map((name) => resolve(path, name));
}

async function sizeOf(path: string): Promise<string> {
  const [width, height] = (await probed(path, 'stream=width,height')).split(',');
  return `${width} × ${height}`;
}

async function secondsOf(path: string): Promise<number> {
  return Number(await probed(path, 'format=duration'));
}

async function probed(path: string, entries: string): Promise<string> {
  const args = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', entries, '-of', 'csv=p=0', path];
  return (await promisify(execFile)('ffprobe', args)).stdout.trim();
}
