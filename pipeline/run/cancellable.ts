import { EarsightError } from '../../core/errors.js';

/** Does the work with a signal that says EARSIGHT_CANCELLED, whatever reason the caller's own gives when it aborts. */
export async function cancellable<Result>(
  callers: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(new EarsightError('EARSIGHT_CANCELLED', {}, { cause: callers?.reason }));
  };
  if (callers?.aborted === true) abort();
  callers?.addEventListener('abort', abort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    callers?.removeEventListener('abort', abort);
  }
}
