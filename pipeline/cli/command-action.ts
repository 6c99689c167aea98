import { toEarsightError } from '../../core/errors.js';
import { printable } from './terminal-text.js';

/** Stages have this long to stop after the first Ctrl-C, so that a run has ended two seconds after it. */
const GRACE_MS = 1_800;
/** 128 + SIGINT, as shells report it. */
export const INTERRUPTED = 130;

/**
 * Returns a signal that the first Ctrl-C (or SIGTERM) aborts, so that running stages can stop. A second one ends the
 * process at once. Finished work is kept in both cases.
 */
export function abortOnInterrupt(onInterrupt: () => void): AbortSignal {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    onInterrupt();
    controller.abort();
    setTimeout(() => process.exit(INTERRUPTED), GRACE_MS).unref();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return controller.signal;
}

/** Prints code, message and advice of an error; its stack only when EARSIGHT_DEBUG is set. */
export function printError(thrown: unknown, json: boolean): void {
  const error = toEarsightError(thrown);
  if (json) {
    const { code, message, advice } = error;
    process.stdout.write(`${JSON.stringify({ type: 'error', code, message, advice })}\n`);
  } else {
    process.stderr.write(`${error.code}: ${printable(error.message)}\n  ${error.advice}\n`);
  }
  if (process.env['EARSIGHT_DEBUG'] !== undefined) console.error(thrown);
}

/** Does work with Redis, and sends its spans to the collector that the environment names, if it names one. */
export async function withTracing<Result>(work: () => Promise<Result>): Promise<Result> {
  const { startTracing } = await import('../../queues/metrics/tracing.js');
  const stop = await startTracing();
  try {
    return await work();
  } finally {
    await stop?.();
  }
}
