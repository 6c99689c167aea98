import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PACKAGE_FOLDER } from '../core/version.js';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly finished: Promise<Finished>;
  /** What it has printed so far. */
  stdout(): string;
  /** Resolves when standard output has come to hold the text. */
  printed(text: string): Promise<void>;
}

/** Nothing listens on the discard port. */
const NO_HUB = 'http://127.0.0.1:9';

/** Arguments of node that run the command from its sources. */
const SOURCES = [
  '--import',
  join(PACKAGE_FOLDER, 'node_modules/tsx/dist/loader.mjs'),
  join(PACKAGE_FOLDER, 'pipeline/cli/main.ts'),
];

function environmentIn(cwd: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, EARSIGHT_CACHE: join(cwd, 'cache'), EARSIGHT_HUB: NO_HUB, ...env };
}

/** Runs the command with its standard output in a file or device. */
export function earsightInto(path: string, args: readonly string[], cwd: string): Omit<Finished, 'stdout'> {
  const shell = ['-c', 'exec "$@" > "$0"', path, process.execPath, ...SOURCES, ...args];
  const { status, stderr } = spawnSync('sh', shell, { cwd, env: environmentIn(cwd), encoding: 'utf8' });
  return { code: status, stderr };
}

/** Starts the command from its sources, without a terminal, a network or anybody's packs. */
export function startEarsight(args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Started {
  const child = spawn(process.execPath, [...SOURCES, ...args], {
    cwd: options.cwd,
    env: environmentIn(options.cwd, options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const wait of waiting) if (stdout.includes(wait.text)) wait.resolve();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    finished,
    stdout: () => stdout,
    printed: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve });
        void finished.then(() => reject(new Error(`ended without printing ${text}:\n${stdout}\n${stderr}`)));
        if (stdout.includes(text)) resolve();
      }),
  };
}

export async function earsight(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Finished> {
  return await startEarsight(args, options).finished;
}
