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
import { DEFAULT_MAX_UNFINISHED, DEFAULT_UPLOAD_BYTES, MAX_CONNECTIONS } from './limits.js';
import type { AddressPolicy } from './security/address-guard.js';
import { ApiKeys } from './security/api-keys.js';
import { Sessions } from './security/sessions.js';
import type { ServerApp } from './server-parts.js';
import { serverSecret } from './server-secret.js';
import { StagedFiles } from './staged-files.js';
import { deliverWebhook, Webhooks, webhookSecret } from './webhooks.js';

export interface ServerOptions {
  readonly data: DataFolder;
  readonly engine: Engine;
  /** True when the engine's jobs continue without this process, as in a fleet. */
  readonly isDurable: boolean;
  readonly jobOf: (record: JobRecord, id: string) => Job;
  readonly cleanup: JobCleanup;
  readonly host: string;
  /** 0 chooses any free port. */
  readonly port: number;
  readonly maxUploadBytes?: number;
  readonly minFreeBytes?: number;
  /** An upload or a download that sends nothing for this long is aborted. */
  readonly uploadStallSec?: number;
  /** An upload or a download must reach the minimum rate as a mean over this time. */
  readonly uploadWindowSec?: number;
  readonly maxConnections?: number;
  readonly metrics?: Metrics;
  /** The queues of a fleet, for the queue board. */
  readonly queues?: Queues | null;
  /** Folders below which files may be submitted by path. */
  readonly roots?: readonly string[];
  /** Whether files may be submitted by address. */
  readonly urls?: boolean;
  /** Whether jobs may name a webhook. */
  readonly webhooks?: boolean;
  /** The deployment's own hosts, as `host` or `host:port`, which addresses and webhooks may use even if they are private. */
  readonly allowedHosts?: readonly string[];
  /** Replaces the system's resolver. */
  readonly resolve?: AddressPolicy['resolve'];
  readonly webhookWaitsMs?: readonly number[];
  readonly maxUnfinished?: number;
  readonly logger: FastifyBaseLogger;
}

export interface OpenServer {
  readonly url: string;
  readonly app: ServerApp;
  /** Stops accepting requests, ends event streams and waiting requests, and closes the engine. Unfinished jobs continue later. */
  close(): Promise<void>;
}

/** How often idle connections are closed while the server stops: the connection of an ended stream stays open as idle. */
const CLOSE_IDLE_MS = 50;
const CLOSE_LIMIT_MS = 5_000;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Starts a server over any engine.
 * @throws EarsightError EARSIGHT_USAGE for a port in use, and for an address that others can reach while no API key exists.
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
  const registry = await JobRegistry.open(data.jobs, async () => await data.verifyOwner());
  await data.sweep({
    input: (id) => registry.has(id) && registry.find(id)?.state !== 'done',
    results: (id) => registry.has(id),
  });
  // Unfinished jobs, also those of a paused server, may still need these artefacts.
  if (registry.unfinishedCount() === 0 && !data.mayHaveOtherOwner) await options.cleanup.dropIdle();
  const limits = {
    maxBytes: options.maxUploadBytes ?? DEFAULT_UPLOAD_BYTES,
    ...(options.uploadStallSec === undefined ? {} : { stallSec: options.uploadStallSec }),
    ...(options.uploadWindowSec === undefined ? {} : { windowSec: options.uploadWindowSec }),
    ...(options.minFreeBytes === undefined ? {} : { minFreeBytes: options.minFreeBytes }),
  };
  const webhooks = new Webhooks({
    policy,
    secretOf: (owner) => webhookSecret(secret, owner),
    ...(options.webhookWaitsMs === undefined ? {} : { waitsMs: options.webhookWaitsMs }),
  });
  const sendWebhook = (record: JobRecord) => void deliverWebhook(record, registry, webhooks).catch(() => undefined);
  const jobs = new EngineJobService({
    engine,
    isDurable: options.isDurable,
    registry,
    root: data.root,
    jobOf: options.jobOf,
    files: new StagedFiles({ data, policy, roots, limits, cleanup: options.cleanup }),
    maxUnfinished: options.maxUnfinished ?? DEFAULT_MAX_UNFINISHED,
    onSettled: sendWebhook,
    onTrouble: (error) => logger.error({ err: error }, 'an event of the engine was skipped'),
  });
  // Webhooks that were still pending when the server stopped.
  for (const record of registry.settled()) sendWebhook(record);
  const app = await buildApp(
    {
      jobs,
      data,
      keys,
      sessions: new Sessions(),
      closing: closing.signal,
      roots,
      urls: options.urls === true ? policy : null,
      webhooks: options.webhooks === true ? policy : null,
      metrics: options.metrics ?? null,
      queues: options.queues ?? null,
      maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
      uploads: limits,
    },
    logger,
  );
  const close = async () => {
    closing.abort();
    keys.close();
    webhooks.close();
    const idle = setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_MS);
    // Uploads that have not ended by then could take hours.
    const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_LIMIT_MS);
    try {
      await Promise.all([app.close(), jobs.close()]);
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
  keys.watchFile();
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
