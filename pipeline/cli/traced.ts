/** Work with Redis, its spans sent to the collector that the environment names, if it names one. */
export async function traced<Result>(work: () => Promise<Result>): Promise<Result> {
  const { startTracing } = await import('../../queues/metrics/tracing.js');
  const stop = await startTracing();
  try {
    return await work();
  } finally {
    await stop?.();
  }
}
