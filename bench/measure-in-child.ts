import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processArguments } from '../core/processes/entry.js';

export type ChildOutcome<T> = { readonly measured: T } | { readonly missing: string };

/**
 * Runs `entry` with `job` as JSON in a process of its own and reads one line of JSON from it: a device lost, or memory
 * that a driver keeps, ends with the child. `T` is what `entry` prints.
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
  const said = lines.find((text) => /^\w*Error:|lost/.test(text)) ?? lines.at(-1) ?? '';
  return { missing: `ended with ${ended ?? String(code)}: ${said}`.slice(0, 200) };
}
