import type { FastifyReply, FastifyRequest } from 'fastify';
import { EarsightError } from '../../core/errors.js';
import { hasScope, visibleOwner } from '../caller.js';
import type { JobService } from '../job-service.js';
import type { JobRecord } from '../job-record.js';
import { callerIn } from '../security/auth-hook.js';

/** @throws EarsightError EARSIGHT_JOB_UNKNOWN, also for a job that the caller may not see. */
export function readableJob(request: FastifyRequest, jobs: JobService, id: string): JobRecord {
  const owner = visibleOwner(callerIn(request));
  const record = jobs.find(id);
  if (record === null || (owner !== null && record.owner !== owner))
    throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
  return record;
}

/** @throws EarsightError as `readableJob`, and EARSIGHT_KEY_SCOPE for the job of another owner without the scope `admin`. */
export function changeableJob(request: FastifyRequest, jobs: JobService, id: string): JobRecord {
  const record = readableJob(request, jobs, id);
  const caller = callerIn(request);
  if (record.owner !== caller.id && !hasScope(caller, 'admin'))
    throw new EarsightError('EARSIGHT_KEY_SCOPE', { scope: 'admin' });
  return record;
}

/** A signal that is aborted when the response has been sent or the client has disconnected, so that waiting can end. */
export function connectionSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.closed) controller.abort();
  else reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
