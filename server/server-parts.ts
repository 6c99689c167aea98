import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawServerDefault,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Queues } from '../queues/bullmq/queues.js';
import type { Metrics } from '../queues/metrics/metrics.js';
import type { DataFolder } from './data-folder.js';
import type { JobService } from './job-service.js';
import type { AddressPolicy } from './security/address-guard.js';
import type { ApiKeys } from './security/api-keys.js';
import type { Sessions } from './security/sessions.js';

/** A Fastify whose routes are typed by their zod schemas. */
export type ServerApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes work with. */
export interface ServerParts {
  readonly desk: JobService;
  readonly data: DataFolder;
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  /** Aborted when the server closes: streams end, nobody waits on. */
  readonly closing: AbortSignal;
  /** Folders below which files may be named by path; none: paths are off. */
  readonly roots: readonly string[];
  /** How addresses may be reached; null: addresses are off. */
  readonly urls: AddressPolicy | null;
  /** How webhooks may be reached; null: webhooks are off. */
  readonly webhooks: AddressPolicy | null;
  /** What `/metrics` tells; null: there is none. */
  readonly metrics: Metrics | null;
  /** What the board shows; null without Redis. */
  readonly queues: Queues | null;
  readonly uploads: {
    readonly maxBytes: number;
    readonly stallSec?: number;
    readonly minFreeBytes?: number;
  };
}
