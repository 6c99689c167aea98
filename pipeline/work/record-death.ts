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

/**
 * Is called before a step starts, so that a parent process knows which steps were running when this process died.
 * @returns a function to call when the step has ended.
 */
export type OnStepStart = (step: StepInProgress) => () => void;

/** Records the death of a worker process for every video that it was working on. */
export async function recordDeath(
  steps: readonly StepInProgress[],
  { code, signal }: ProcessEnding,
  stderr: readonly string[],
): Promise<void> {
  const ending = signal ?? `exit code ${code}`;
  for (const { out, input, sha256, step } of steps) {
    const death = { at: new Date().toISOString(), host: hostname(), step, ending, stderr: [...stderr] };
    const quarantine = new Quarantine(await openDocuments(out));
    await quarantine.record({ sha256, input }, death, await probeOf({ out, sha256, input }));
  }
}

/** Probes the file, or its copy in the bucket when the run has one. */
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

/** Time limit for ffprobe: a file that has just killed a process may also make one hang. */
const PROBE_LIMIT_SEC = 20;

/** Returns what ffprobe, confined as always, reports about the file, or the error that it ended with. */
async function probeForReport(path: string): Promise<unknown> {
  try {
    const { signal } = new AbortController();
    const demuxer = await sniffContainer(path);
    const { container, streams, claimedSec } = await probe({ path, demuxer, signal, limitSec: PROBE_LIMIT_SEC });
    return { container, streams, claimedSec };
  } catch (error) {
    const { code, message } = toEarsightError(error, path);
    return { error: `${code}: ${message}` };
  }
}
