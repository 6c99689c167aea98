/**
 * Runs work under a signal that is also aborted after a time limit. A timer is used instead of `AbortSignal.timeout`,
 * because Node 20 garbage-collects such a signal, and never aborts it, when only an `AbortSignal.any` refers to it.
 */
export async function withTimeout<Result>(
  limit: { readonly ms: number; readonly reason?: Error },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(limit.reason), limit.ms).unref();
  try {
    return await work(AbortSignal.any([signal, timeout.signal]));
  } finally {
    clearTimeout(timer);
  }
}
