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
import type { PaceLimits } from './sources/pace.js';
import type { Sessions } from './security/sessions.js';

/** A Fastify instance whose routes are typed by their zod schemas. */
export type ServerApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes depend on. */
export interface ServerParts {
  readonly jobs: JobService;
  readonly data: DataFolder;
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  /** Aborted when the server closes: event streams end, and waiting requests are answered. */
  readonly closing: AbortSignal;
  /** Folders below which files may be submitted by path; empty when submitting by path is off. */
  readonly roots: readonly string[];
  /** Which addresses may be downloaded from; null when submitting by address is off. */
  readonly urls: AddressPolicy | null;
  /** Which addresses webhooks may use; null when webhooks are off. */
  readonly webhooks: AddressPolicy | null;
  /** The source of `/metrics`; null when the route is off. */
  readonly metrics: Metrics | null;
  /** How many connections callers may hold at once; health checks have a few more. */
  readonly maxConnections: number;
  /** The queues that the board shows; null without Redis. */
  readonly queues: Queues | null;
  readonly uploads: PaceLimits & {
    readonly maxBytes: number;
    readonly minFreeBytes?: number;
  };
}
