import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { toEarsightError } from '../../core/errors.js';
import { isBucketUrl } from '../../core/store/bucket/bucket-url.js';
import type { Underway } from './underway.js';
import { openBucketStore, openDocuments } from '../work/open-store.js';
import { Quarantine } from '../work/quarantine.js';
import { probeForReport } from './probe-report.js';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Signals a process gets for what it did itself; others are sent by somebody. */
const OWN_FAULT: readonly (NodeJS.Signals | null)[] = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
];

/**
 * Whether a worker's end was its own doing: a crash, an exit that nobody asked for, or the kernel's killing it for its
 * memory. A plain `kill -9` is an operator's or a machine's doing, and no video's fault.
 */
export function isOwnFault({ code, signal }: Ending, memoryKills: number): boolean {
  if (signal === null) return code !== 0;
  return OWN_FAULT.includes(signal) || (signal === 'SIGKILL' && memoryKills > 0);
}

/** Counts a worker's death against every video it was working on. */
export async function recordDeath(
  underway: readonly Underway[],
  { code, signal }: Ending,
  stderr: readonly string[],
): Promise<void> {
  const ending = signal ?? `exit code ${code}`;
  for (const { out, input, sha256, step } of underway) {
    const death = { at: new Date().toISOString(), host: hostname(), step, ending, stderr: [...stderr] };
    const quarantine = new Quarantine(await openDocuments(out));
    await quarantine.record({ sha256, input }, death, await probeOf({ out, sha256, input }));
  }
}

/** Of the file, or of the bytes a store was given where this machine has no such file. */
async function probeOf({ out, sha256, input }: Omit<Underway, 'step'>): Promise<unknown> {
  if (!isBucketUrl(out)) return await probeForReport(input);
  const loan = (await openBucketStore(out)).borrow();
  try {
    return await probeForReport(await loan.input({ path: input, sha256, bytes: 0 }));
  } catch (error) {
    return { error: toEarsightError(error, input).message };
  } finally {
    await loan.giveBack();
  }
}

/**
 * Processes that the kernel has killed for memory so far: of this container where it is one, of the machine otherwise;
 * 0 where the kernel does not tell.
 */
export async function memoryKills(): Promise<number> {
  for (const path of ['/sys/fs/cgroup/memory.events', '/proc/vmstat']) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const found = /^oom_kill (\d+)$/m.exec(text)?.[1];
    if (found !== undefined) return Number(found);
  }
  return 0;
}
