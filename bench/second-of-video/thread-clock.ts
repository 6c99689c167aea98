/**
 * A module that `bench/second-of-video.ts` preloads into the command line and Node preloads into each of its threads.
 * At its end, every thread writes the processor time it used to a file in the folder named by EARSIGHT_BENCH_FOLDER.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { onBatch } from '../../models/runtime/batch-channel.js';

/** The record of a thread. In an inference thread, only `main` and `cpuMs` are meaningful. */
export interface ThreadClock {
  readonly main: boolean;
  readonly cpuMs: number;
  /** Processor time of the whole process: this thread, the inference threads, and the threads of V8 and Node. */
  readonly processMs: number;
  /** Processor time of child processes that have ended: extraction with its ffmpeg and ffprobe. */
  readonly childrenMs: number;
  /** Time spent inside batches, by network. */
  readonly networksMs: Readonly<Record<string, number>>;
}

/** The unit of times in /proc: a hundredth of a second on every Linux that Node supports. */
const TICK_MS = 10;

const folder = process.env['EARSIGHT_BENCH_FOLDER'] ?? '';
const networksMs: Record<string, number> = {};
onBatch(({ model, times }) => {
  networksMs[model] = (networksMs[model] ?? 0) + times.prepareMs + times.runMs + times.finishMs;
});

process.on('exit', () => {
  const cpuMs = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  // The fields after the process name, which is in brackets: state (field 3 of proc(5)) and the fields after it.
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
