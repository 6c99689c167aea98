import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { EarsightError } from '../../core/errors.js';
import {
  errorSchema,
  jobSchema,
  submitBodySchema,
  submitHeadersSchema,
  uploadFormSchema,
  waitQuerySchema,
} from '../api-schemas.js';
import { CallerShare } from '../caller-share.js';
import { newJobId } from '../job-id.js';
import type { Submission } from '../job-service.js';
import { viewOf } from '../job-view.js';
import { MAX_UPLOADS, UPLOADS_PER_CALLER } from '../limits.js';
import { checkUrl, resolveChecked } from '../security/address-guard.js';
import { callerIn } from '../security/auth-hook.js';
import type { ServerApp, ServerParts } from '../server-parts.js';
import { stagePath } from '../sources/path-source.js';
import { receiveUpload } from '../sources/upload.js';
import { nameOfUrl, shownUrl } from '../sources/url-source.js';
import { connectionSignal } from './job-request.js';

/** The source that a request names, without its caller. */
type NamedSource = Pick<Submission, 'source' | 'name' | 'input' | 'staged' | 'webhook'> & {
  readonly fingerprint: string;
};

/** Accepts jobs: an upload, a path below a root, or an address. */
export function submitRoute(app: ServerApp, parts: ServerParts): void {
  const { jobs } = parts;
  const uploads = new CallerShare('uploads', { total: MAX_UPLOADS, perCaller: UPLOADS_PER_CALLER });
  /** Uploads in progress by caller: each of them may become an unfinished job, so the quota applies to them too. */
  const uploadsOf = new Map<string, number>();

  app.post(
    '/v1/jobs',
    {
      config: {
        access: 'submit',
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
      jobs.admit(caller.id, caller.quota);
      const id = newJobId();
      const { fingerprint, ...source } = await nameSource(request, id);
      const key = request.headers['idempotency-key'];
      let kept = false;
      try {
        const { job, repeated } = await jobs.submit({
          ...source,
          id,
          owner: caller.id,
          idempotency: key === undefined ? null : { key, fingerprint },
          quota: caller.quota,
        });
        kept = !repeated;
        const settled = await jobs.settled(job.id, (request.query.wait ?? 0) * 1000, connectionSignal(reply));
        return await reply
          .code(repeated ? 200 : 201)
          .header('location', `/v1/jobs/${job.id}`)
          .send(viewOf(settled, jobs.eventsSoFar(job.id)));
      } finally {
        if (!kept) await parts.data.dropInput(source.input);
      }
    },
  );

  async function nameSource(request: FastifyRequest, id: string): Promise<NamedSource> {
    if (request.isMultipart()) return await uploaded(request, id);
    const parsed = submitBodySchema.safeParse(request.body);
    if (!parsed.success)
      throw new EarsightError('EARSIGHT_REQUEST_INVALID', {
        reason:
          'neither a form with the file in its field `file` nor JSON with `path` or `url` (and no key but `webhook` beside it)',
      });
    const { data: body } = parsed;
    const webhook = await checkWebhook(body.webhook ?? null);
    if ('path' in body) {
      const { name, input, identity, copy } = await stagePath(body.path, parts.roots, parts.data, id, parts.uploads);
      const source = { kind: 'path' as const, ...(copy === null ? {} : { copy }) };
      const fingerprint = hashOf(name, identity, webhook ?? '');
      return { source, name, input, staged: copy === null, webhook, fingerprint };
    }
    if (parts.urls === null) throw new EarsightError('EARSIGHT_URL_REFUSED');
    const url = checkUrl(body.url, parts.urls);
    // The name is resolved and checked again when the file is downloaded; this check only reports mistakes early.
    await resolveChecked(url, parts.urls);
    const input = await parts.data.newInput(id, nameOfUrl(url));
    const fingerprint = hashOf(url.href, webhook ?? '');
    const source = { kind: 'url' as const, url: url.href };
    return { source, name: shownUrl(url), input, staged: false, webhook, fingerprint };
  }

  async function uploaded(request: FastifyRequest, id: string): Promise<NamedSource> {
    const caller = callerIn(request);
    const { quota } = caller;
    if ((uploadsOf.get(caller.id) ?? 0) >= quota) throw new EarsightError('EARSIGHT_QUOTA', { quota });
    const release = uploads.take(caller);
    count(caller.id, 1);
    try {
      const { name, input, sha256, ...fields } = await receiveUpload(request, parts.data, id, parts.uploads);
      const webhook = await checkWebhook(fields.webhook).catch(async (error: unknown) => {
        await parts.data.dropInput(input);
        throw error;
      });
      const fingerprint = hashOf(sha256, name, webhook ?? '');
      return { source: { kind: 'upload' }, name, input, staged: true, webhook, fingerprint };
    } finally {
      count(caller.id, -1);
      release();
    }
  }

  function count(caller: string, by: 1 | -1): void {
    const own = (uploadsOf.get(caller) ?? 0) + by;
    if (own === 0) uploadsOf.delete(caller);
    else uploadsOf.set(caller, own);
  }

  async function checkWebhook(address: string | null): Promise<string | null> {
    if (address === null) return null;
    if (parts.webhooks === null) throw new EarsightError('EARSIGHT_URL_REFUSED');
    const url = checkUrl(address, parts.webhooks);
    await resolveChecked(url, parts.webhooks);
    return url.href;
  }
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
