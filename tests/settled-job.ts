import type { JobView } from '../server/api-schemas.js';

/** Requests of 20 s each. A loaded machine with one core needs about 40 s for a short clip. */
const TRIES = 4;

/** Waits until a job of a server has ended, successfully or not, and returns it. */
export async function settledJob(url: string, id: string): Promise<JobView> {
  for (let tries = 0; tries < TRIES; tries++) {
    const job = (await (await fetch(`${url}/v1/jobs/${id}?wait=20`)).json()) as JobView;
    if (job.state !== 'queued' && job.state !== 'running') return job;
  }
  throw new TypeError(`${id} was not settled`);
}
