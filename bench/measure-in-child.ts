import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processArguments } from '../core/processes/entry.js';

export type ChildOutcome<T> = { readonly measured: T } | { readonly missing: string };

/**
 * Runs `entry` with `job` as a JSON argument in a child process and parses the line of JSON that it prints (of type
 * `T`). A child process is used because a lost device, or memory that a driver does not release, ends with it.
 */
export async function measureInChild<T>(entry: URL, job: unknown, timeoutMs: number): Promise<ChildOutcome<T>> {
  const child = spawn(process.execPath, [...processArguments(entry), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code, ended] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return { measured: JSON.parse(output) as T };
  if (ended === 'SIGKILL') return { missing: 'took too long' };
  const lines = errors.split('\n').filter((text) => text.trim() !== '');
  const message = lines.find((text) => /^\w*Error:|lost/.test(text)) ?? lines.at(-1) ?? '';
  return { missing: `ended with ${ended ?? String(code)}: ${message}`.slice(0, 200) };
}
