/**
 * Work under a signal that is aborted after a time as well, with that reason. Node 20 forgets an `AbortSignal.timeout` for
 * which nothing but an `AbortSignal.any` waits, as soon as it collects garbage; a timer of our own is held.
 */
export async function withinTime<Result>(
  limit: { readonly ms: number; readonly reason?: Error },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(limit.reason), limit.ms).unref();
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
