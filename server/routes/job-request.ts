import type { FastifyRequest } from 'fastify';
import { EarsightError } from '../../core/errors.js';
import { hasScope, visibleOwner } from '../caller.js';
import type { JobService } from '../job-service.js';
import type { JobRecord } from '../job-record.js';
import { callerIn } from '../security/auth-hook.js';

/** @throws EarsightError EARSIGHT_JOB_UNKNOWN also for a job that is not the caller's to see. */
export function readableJob(request: FastifyRequest, desk: JobService, id: string): JobRecord {
  const owner = visibleOwner(callerIn(request));
  const record = desk.find(id);
  if (record === null || (owner !== null && record.owner !== owner))
    throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
  return record;
}

/** @throws EarsightError as above, and EARSIGHT_KEY_SCOPE for somebody else's job without `admin`. */
export function changeableJob(request: FastifyRequest, desk: JobService, id: string): JobRecord {
  const record = readableJob(request, desk, id);
  const caller = callerIn(request);
  if (record.owner !== caller.id && !hasScope(caller, 'admin'))
    throw new EarsightError('EARSIGHT_KEY_SCOPE', { scope: 'admin' });
  return record;
}
