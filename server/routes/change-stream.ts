import type { JobService } from '../job-service.js';

/** A screen changes no faster; between, only the ids of what changed are kept. */
const INTERVAL_MS = 200;

/** Ids of jobs that changed, each at most once an interval, however slowly they are read. */
export async function* jobChanges(desk: JobService, owner: string | null, signal: AbortSignal): AsyncGenerator<string> {
  const changed = new Set<string>();
  let wake: () => void = () => undefined;
  const stop = desk.watch(({ job }) => {
    if (owner !== null && job.owner !== owner) return;
    changed.add(job.id);
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const changeOrAbort = async () =>
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (signal.aborted) resolve();
    });
  try {
    while (!signal.aborted) {
      for (const id of [...changed]) {
        changed.delete(id);
        yield id;
      }
      await new Promise<void>((resolve) => setTimeout(resolve, INTERVAL_MS).unref());
      if (changed.size === 0) await changeOrAbort();
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}
