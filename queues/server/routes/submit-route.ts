import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EarsightError } from '../../../pipeline/errors.js';
import {
  errorSchema,
  jobSchema,
  submitBodySchema,
  submitHeadersSchema,
  uploadFormSchema,
  waitQuerySchema,
} from '../api-schemas.js';
import { newJobId } from '../job-id.js';
import type { Submission } from '../job-desk.js';
import { viewOf } from '../job-view.js';
import { MAX_UPLOADS } from '../limits.js';
import { callerIn } from '../security/door.js';
import type { ServerApp, ServerParts } from '../server-parts.js';
import { receiveUpload } from '../sources/upload.js';
import { connectionSignal } from './connection-signal.js';

/** What a request names, apart from who asks. */
type Named = Pick<Submission, 'source' | 'name' | 'input' | 'webhook'> & { readonly fingerprint: string };

export function submitRoute(app: ServerApp, parts: ServerParts): void {
  const { desk } = parts;
  let uploads = 0;

  app.post(
    '/v1/jobs',
    {
      config: {
        door: 'submit',
        bodies: { 'application/json': submitBodySchema, 'multipart/form-data': uploadFormSchema },
      },
      schema: {
        operationId: 'submitJob',
        summary: 'Hand in a sound or video: upload it, or name a path or an address.',
        tags: ['jobs'],
        headers: submitHeadersSchema,
        querystring: waitQuerySchema,
        response: {
          200: jobSchema.describe('An earlier request with this Idempotency-Key made the job.'),
          201: jobSchema,
          default: errorSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerIn(request);
      desk.admit(caller.id, caller.quota);
      const id = newJobId();
      const { fingerprint, ...named } = request.isMultipart() ? await uploaded() : referred(request.body);
      const key = request.headers['idempotency-key'];
      const keep = { repeated: true };
      try {
        const { job, repeated } = await desk.submit({
          ...named,
          id,
          owner: caller.id,
          idempotency: key === undefined ? null : { key, fingerprint },
          quota: caller.quota,
        });
        keep.repeated = repeated;
        const settled = await desk.settled(job.id, (request.query.wait ?? 0) * 1000, connectionSignal(reply));
        return await reply
          .code(repeated ? 200 : 201)
          .header('location', `/v1/jobs/${job.id}`)
          .send(viewOf(settled, desk.past(job.id)));
      } finally {
        if (keep.repeated) await parts.data.dropInput(named.input);
      }

      async function uploaded(): Promise<Named> {
        if (uploads >= MAX_UPLOADS)
          throw new EarsightError('EARSIGHT_SERVER_BUSY', { reason: `${MAX_UPLOADS} uploads are under way` });
        uploads += 1;
        try {
          const { name, input, sha256, webhook } = await receiveUpload(request, parts.data, id, parts.uploads);
          return { source: { kind: 'upload' }, name, input, webhook, fingerprint: hashOf(sha256, name, webhook ?? '') };
        } finally {
          uploads -= 1;
        }
      }

      function referred(body: unknown): Named {
        const parsed = submitBodySchema.safeParse(body);
        if (!parsed.success)
          throw new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: z.prettifyError(parsed.error) });
        const webhook = parsed.data.webhook ?? null;
        throw new EarsightError('url' in parsed.data ? 'EARSIGHT_URL_REFUSED' : 'EARSIGHT_PATH_REFUSED', {
          webhook: webhook ?? '',
        });
      }
    },
  );
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
