import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = dirname(dirname(fileURLToPath(import.meta.url)));

/** The path of a built file of this repository below `dist/`. */
export function built(path: string): string {
  return join(dist, path);
}

/** Arguments with which node runs the `earsight` command. */
export function earsight(args: readonly string[]): string[] {
  return [built('pipeline/cli/main.js'), ...args];
}

/** Runs a program and prints how long it took. Returns the seconds. @throws if the program fails */
export async function timed(name: string, program: string, args: readonly string[]): Promise<number> {
  const began = performance.now();
  await finish(name, program, args);
  const seconds = (performance.now() - began) / 1000;
  console.log(`${name}: ${seconds.toFixed(1)} s`);
  return seconds;
}

/** Runs a program. Returns the largest sum of the peak resident memory of it and its children, in MiB (Linux only). */
export async function peakMemory(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const closed = once(child, 'close') as Promise<[number]>;
  let peak = 0;
  const watch = setInterval(() => {
    void treePeak(child.pid ?? 0).then((found) => (peak = Math.max(peak, found)));
  }, 250);
  const [status] = await closed;
  clearInterval(watch);
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
  return peak;
}

export async function ffmpeg(...args: string[]): Promise<void> {
  await finish('ffmpeg', 'ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...args]);
}

async function finish(name: string, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const [status] = (await once(child, 'close')) as [number];
  if (status !== 0)
    throw new Error(`${name} ended with ${status}: ${Buffer.concat(complaints).toString().slice(-2000)}`);
}

/** The sum of VmHWM (peak resident memory) of a process and its descendants, in MiB; 0 if the process has ended. */
async function treePeak(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const own = Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  let below = 0;
  for (const thread of threads) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter(Boolean)) below += await treePeak(Number(child));
  }
  return own + below;
}
