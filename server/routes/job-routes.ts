import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import {
  errorSchema,
  jobListSchema,
  jobParamsSchema,
  jobSchema,
  listQuerySchema,
  removeQuerySchema,
  waitQuerySchema,
} from '../api-schemas.js';
import { visibleOwner } from '../caller.js';
import { isSettled } from '../job-record.js';
import { viewOf } from '../job-view.js';
import { PAGE_DEFAULT } from '../limits.js';
import { callerIn } from '../security/auth-hook.js';
import type { ServerApp, ServerParts } from '../server-parts.js';
import { changeableJob, connectionSignal, readableJob } from './job-request.js';

/** Lists, shows, cancels, deletes and retries jobs. */
export function jobRoutes(app: ServerApp, { jobs, keys }: ServerParts): void {
  app.get(
    '/v1/jobs',
    {
      schema: {
        operationId: 'listJobs',
        summary: 'Jobs, newest first: everybody’s with the scope read, else one’s own.',
        tags: ['jobs'],
        querystring: listQuerySchema,
        response: { 200: jobListSchema, default: errorSchema },
      },
    },
    (request) => {
      const { state, before, limit = PAGE_DEFAULT } = request.query;
      const owner = visibleOwner(callerIn(request));
      // One job more than the page holds tells whether there is another page.
      const found = jobs.list({ owner, state: state ?? null, before: before ?? null, limit: limit + 1 });
      const page = found.slice(0, limit);
      return {
        jobs: page.map((record) => viewOf(record, jobs.eventsSoFar(record.id))),
        next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
  );

  app.get(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        summary: 'One job; with `wait`, once it is settled.',
        tags: ['jobs'],
        params: jobParamsSchema,
        querystring: waitQuerySchema,
        response: { 200: jobSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { id } = readableJob(request, jobs, request.params.id);
      const { wait = 0 } = request.query;
      if (wait > 0) await jobs.settled(id, wait * 1000, connectionSignal(reply));
      return viewOf(readableJob(request, jobs, id), jobs.eventsSoFar(id));
    },
  );

  app.delete(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'cancelJob',
        summary: 'Stop a job; with `purge=true` also forget it and delete its files.',
        tags: ['jobs'],
        params: jobParamsSchema,
        querystring: removeQuerySchema,
        response: { 200: jobSchema, 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { id } = changeableJob(request, jobs, request.params.id);
      const record = await jobs.cancel(id);
      if (request.query.purge === 'true') {
        await jobs.remove(id);
        return await reply.code(204).send();
      }
      return await reply.code(200).send(viewOf(record, jobs.eventsSoFar(id)));
    },
  );

  app.post(
    '/v1/jobs/:id/retry',
    {
      config: { access: 'submit' },
      schema: {
        operationId: 'retryJob',
        summary: 'Try a failed or cancelled job again; what was finished is kept.',
        tags: ['jobs'],
        params: jobParamsSchema,
        response: { 202: jobSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { id, state, owner } = changeableJob(request, jobs, request.params.id);
      if (!isSettled(state)) throw new EarsightError('EARSIGHT_JOB_STATE', { id, state });
      const caller = callerIn(request);
      // The job counts for its owner, also when an administrator retries it. The key of the owner may be revoked.
      const { quota } = (owner === caller.id ? null : keys.callerById(owner)) ?? caller;
      const record = await jobs.retry(id, quota);
      return await reply.code(202).send(viewOf(record, jobs.eventsSoFar(id)));
    },
  );
}
