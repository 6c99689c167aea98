import { EarsightError } from '../../core/errors.js';

/** Runs work with a signal whose abort reason is EARSIGHT_CANCELLED, whatever reason the caller aborted with. */
export async function cancellable<Result>(
  callerSignal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(new EarsightError('EARSIGHT_CANCELLED', {}, { cause: callerSignal?.reason }));
  };
  if (callerSignal?.aborted === true) abort();
  callerSignal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    callerSignal?.removeEventListener('abort', abort);
  }
}
