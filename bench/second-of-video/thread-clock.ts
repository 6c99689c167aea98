/**
 * Loaded before the command line by `bench/second-of-video.ts`, and by Node in each of its threads: every thread leaves
 * the processor time it used in a file of the folder that EARSIGHT_BENCH_FOLDER names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { onBatch } from '../../models/runtime/batch-channel.js';

/** What the main thread writes; a thread that runs networks writes `cpuMs` alone. */
export interface ThreadClock {
  readonly main: boolean;
  readonly cpuMs: number;
  /** Of the whole process: this thread, the networks' threads, and what V8 and Node have besides. */
  readonly processMs: number;
  /** Of processes that have ended: the one that extracts, and its ffmpeg and ffprobe. */
  readonly childrenMs: number;
  /** Time inside batches, a network. */
  readonly networksMs: Readonly<Record<string, number>>;
}

/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

const folder = process.env['EARSIGHT_BENCH_FOLDER'] ?? '';
const networksMs: Record<string, number> = {};
onBatch(({ model, times }) => {
  networksMs[model] = (networksMs[model] ?? 0) + times.prepareMs + times.runMs + times.finishMs;
});

process.on('exit', () => {
  const cpuMs = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  // Behind the name in brackets: state, then the fields of proc(5) from the fourth on.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  const clock: ThreadClock = {
    main: isMainThread,
    cpuMs,
    processMs: (user + system) / 1000,
    childrenMs: (Number(fields[13]) + Number(fields[14])) * TICK_MS,
    networksMs,
  };
  writeFileSync(join(folder, `${threadId}.json`), JSON.stringify(clock));
});
