import { hostname } from 'node:os';
import { toEarsightError } from '../../core/errors.js';
import type { ProcessEnding } from '../../core/processes/process-ended.js';
import { isBucketUrl } from '../../core/store/bucket/bucket-url.js';
import { probe } from '../../stages/extract/probe/probe.js';
import { sniffContainer } from '../../stages/extract/probe/sniff.js';
import { openBucketStore, openDocuments } from './open-store.js';
import { Quarantine } from './quarantine.js';

/** A step of a video that a process is working on. */
export interface StepInProgress {
  readonly out: string;
  readonly input: string;
  readonly sha256: string;
  readonly step: string;
}

/** Announces a step to whoever finds out why this process died. @returns a function to call when the step has ended. */
export type AnnounceStep = (what: StepInProgress) => () => void;

/** Counts the death of a worker against every video that it was working on. */
export async function recordDeath(
  underway: readonly StepInProgress[],
  { code, signal }: ProcessEnding,
  stderr: readonly string[],
): Promise<void> {
  const ending = signal ?? `exit code ${code}`;
  for (const { out, input, sha256, step } of underway) {
    const death = { at: new Date().toISOString(), host: hostname(), step, ending, stderr: [...stderr] };
    const quarantine = new Quarantine(await openDocuments(out));
    await quarantine.record({ sha256, input }, death, await probeOf({ out, sha256, input }));
  }
}

/** Probes the file, or the bytes that a store was given where this machine has no such file. */
async function probeOf({ out, sha256, input }: Omit<StepInProgress, 'step'>): Promise<unknown> {
  if (!isBucketUrl(out)) return await probeForReport(input);
  const lease = (await openBucketStore(out)).borrow();
  try {
    return await probeForReport(await lease.input({ path: input, sha256, bytes: 0 }));
  } catch (error) {
    return { error: toEarsightError(error, input).message };
  } finally {
    await lease.release();
  }
}

/** Longest time for ffprobe: the file has just ended a process, so it may also hang one. */
const LIMIT_SEC = 20;

/** Returns what ffprobe, confined as always, reports about a file that somebody will look at, or why it reports nothing. */
async function probeForReport(path: string): Promise<unknown> {
  try {
    const { signal } = new AbortController();
    const demuxer = await sniffContainer(path);
    const { container, streams, claimedSec } = await probe({ path, demuxer, signal, limitSec: LIMIT_SEC });
    return { container, streams, claimedSec };
  } catch (error) {
    const { code, message } = toEarsightError(error, path);
    return { error: `${code}: ${message}` };
  }
}
