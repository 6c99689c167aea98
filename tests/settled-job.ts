import type { JobView } from '../server/api-schemas.js';

/** Of some 80 s in all: a loaded machine with one core needs half of that for a short clip. */
const TRIES = 4;

/** A job of a server when it has ended, however that went. */
export async function settledJob(url: string, id: string): Promise<JobView> {
  for (let tries = 0; tries < TRIES; tries++) {
    const job = (await (await fetch(`${url}/v1/jobs/${id}?wait=20`)).json()) as JobView;
    if (job.state !== 'queued' && job.state !== 'running') return job;
  }
  throw new TypeError(`${id} was not settled`);
}
