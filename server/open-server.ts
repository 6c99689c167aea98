import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { EarsightError } from '../core/errors.js';
import type { Queues } from '../queues/bullmq/queues.js';
import type { Engine, Job } from '../queues/engine.js';
import type { Metrics } from '../queues/metrics/metrics.js';
import { buildApp } from './app.js';
import type { DataFolder } from './data-folder.js';
import { EngineJobService } from './engine-job-service.js';
import type { JobRecord } from './job-record.js';
import type { JobCleanup } from './job-cleanup.js';
import { JobRegistry } from './job-registry.js';
import { DEFAULT_MAX_UNFINISHED, DEFAULT_UPLOAD_BYTES } from './limits.js';
import type { AddressPolicy } from './security/address-guard.js';
import { ApiKeys } from './security/api-keys.js';
import { Sessions } from './security/sessions.js';
import type { ServerApp } from './server-parts.js';
import { serverSecret } from './server-secret.js';
import { StagedFiles } from './staged-files.js';
import { sendEndWebhook, Webhooks, webhookSecret } from './webhooks.js';

export interface ServerOptions {
  readonly data: DataFolder;
  readonly engine: Engine;
  /** True where the engine's work lives on without this process. */
  readonly outlives: boolean;
  readonly jobOf: (record: JobRecord, id: string) => Job;
  readonly remains: JobCleanup;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly maxUploadBytes?: number;
  readonly minFreeBytes?: number;
  /** An upload or a download that stands still for so long is dropped. */
  readonly uploadStallSec?: number;
  readonly metrics?: Metrics;
  /** Of a fleet, for its board. */
  readonly queues?: Queues | null;
  /** Folders below which files may be named by path. */
  readonly roots?: readonly string[];
  /** Whether addresses may be named. */
  readonly urls?: boolean;
  /** Whether jobs may name an address that is told of their end. */
  readonly webhooks?: boolean;
  /** Hosts of the deployment's own, `host` or `host:port`, that addresses and webhooks may name whatever they resolve to. */
  readonly allowedHosts?: readonly string[];
  /** Instead of the system's resolver. */
  readonly resolve?: AddressPolicy['resolve'];
  readonly webhookWaitsMs?: readonly number[];
  readonly maxUnfinished?: number;
  readonly logger: FastifyBaseLogger;
}

export interface OpenServer {
  readonly url: string;
  readonly app: ServerApp;
  /** Takes no more, ends streams and waits, lets go of the engine. What is unfinished goes on at the next start. */
  close(): Promise<void>;
}

/** A stream that ends leaves its connection open for the next request: it is closed at the next look. */
const CLOSE_IDLE_MS = 50;
const CLOSE_LIMIT_MS = 5_000;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * A server over any engine.
 * @throws EarsightError EARSIGHT_USAGE for a port that is taken, and for an address others can reach without an API key.
 */
export async function openServer(options: ServerOptions): Promise<OpenServer> {
  const { data, engine, host, port, logger, roots = [] } = options;
  const keys = await ApiKeys.open(data.keys);
  if (keys.areUnused && !LOOPBACK.has(host)) {
    const reason = `${host} can be reached by others: make a key with \`earsight keys create\` first`;
    throw new EarsightError('EARSIGHT_USAGE', { reason });
  }
  const closing = new AbortController();
  const policy: AddressPolicy = {
    allowed: new Set(options.allowedHosts),
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
  };
  const secret = await serverSecret(data.secret);
  const shelf = await JobRegistry.open(data.jobs);
  await data.sweep({
    input: (id) => shelf.isBooked(id) && shelf.find(id)?.state !== 'done',
    results: (id) => shelf.isBooked(id),
  });
  // What is under way goes on with what it has.
  if (shelf.unfinishedCount() === 0) await options.remains.dropIdle();
  const limits = {
    maxBytes: options.maxUploadBytes ?? DEFAULT_UPLOAD_BYTES,
    ...(options.uploadStallSec === undefined ? {} : { stallSec: options.uploadStallSec }),
    ...(options.minFreeBytes === undefined ? {} : { minFreeBytes: options.minFreeBytes }),
  };
  const webhooks = new Webhooks({
    policy,
    secretOf: (owner) => webhookSecret(secret, owner),
    ...(options.webhookWaitsMs === undefined ? {} : { waitsMs: options.webhookWaitsMs }),
  });
  const announce = (record: JobRecord) => void sendEndWebhook(record, shelf, webhooks).catch(() => undefined);
  const desk = new EngineJobService({
    engine,
    outlives: options.outlives,
    shelf,
    root: data.root,
    jobOf: options.jobOf,
    files: new StagedFiles({ data, policy, roots, limits, remains: options.remains }),
    maxUnfinished: options.maxUnfinished ?? DEFAULT_MAX_UNFINISHED,
    onSettled: announce,
  });
  // Ends that were not told before the server stopped.
  for (const record of shelf.settled()) announce(record);
  const app = await buildApp(
    {
      desk,
      data,
      keys,
      sessions: new Sessions(),
      closing: closing.signal,
      roots,
      urls: options.urls === true ? policy : null,
      webhooks: options.webhooks === true ? policy : null,
      metrics: options.metrics ?? null,
      queues: options.queues ?? null,
      uploads: limits,
    },
    logger,
  );
  const close = async () => {
    closing.abort();
    keys.close();
    webhooks.close();
    const idle = setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_MS);
    // Uploads that are not through by then would take hours.
    const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_LIMIT_MS);
    try {
      await Promise.all([app.close(), desk.close()]);
    } finally {
      clearInterval(idle);
      clearTimeout(cut);
    }
  };
  try {
    await app.listen({ host, port });
  } catch (error) {
    await close();
    throw asListenError(error, host, port);
  }
  keys.follow();
  const address = app.server.address();
  return { url: urlOf(address), app, close };
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function asListenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code)) return error;
  return new EarsightError('EARSIGHT_USAGE', { reason: `cannot listen on ${host}:${port} (${code})` });
}
