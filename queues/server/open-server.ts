import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { EarsightError } from '../../pipeline/errors.js';
import type { Engine, Job } from '../engine.js';
import { buildApp } from './app.js';
import type { DataFolder } from './data-folder.js';
import { EngineDesk, type Published } from './engine-desk.js';
import type { JobRecord } from './job-record.js';
import { JobShelf } from './job-shelf.js';
import { DEFAULT_MAX_UNFINISHED, DEFAULT_UPLOAD_BYTES } from './limits.js';
import { ApiKeys } from './security/api-keys.js';
import { Sessions } from './security/sessions.js';
import type { ServerApp } from './server-parts.js';

export interface ServerOptions {
  readonly data: DataFolder;
  readonly engine: Engine;
  /** True where the engine's work lives on without this process. */
  readonly outlives: boolean;
  readonly jobOf: (record: JobRecord, id: string) => Job;
  readonly published: (record: JobRecord) => Promise<Published>;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly maxUploadBytes?: number;
  readonly maxUnfinished?: number;
  readonly logger: FastifyBaseLogger;
}

export interface OpenServer {
  readonly url: string;
  readonly app: ServerApp;
  /** Takes no more, ends streams and waits, lets go of the engine. What is unfinished goes on at the next start. */
  close(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * A server over any engine.
 * @throws EarsightError EARSIGHT_USAGE for a port that is taken, and for an address others can reach without an API key.
 */
export async function openServer(options: ServerOptions): Promise<OpenServer> {
  const { data, engine, host, port, logger } = options;
  const keys = await ApiKeys.open(data.keys);
  if (keys.areUnused && !LOOPBACK.has(host)) {
    const reason = `${host} can be reached by others: make a key with \`earsight keys create\` first`;
    throw new EarsightError('EARSIGHT_USAGE', { reason });
  }
  const closing = new AbortController();
  const desk = new EngineDesk({
    engine,
    outlives: options.outlives,
    shelf: await JobShelf.open(data.jobs),
    jobOf: options.jobOf,
    files: {
      fetch: () => Promise.reject(new EarsightError('EARSIGHT_URL_REFUSED')),
      published: options.published,
      dropInput: async (record) => await data.dropInput(record.input),
      dropResults: async (record) => await data.dropResults(record.id),
    },
    maxUnfinished: options.maxUnfinished ?? DEFAULT_MAX_UNFINISHED,
  });
  const app = await buildApp(
    {
      desk,
      data,
      keys,
      sessions: new Sessions(),
      closing: closing.signal,
      uploads: { maxBytes: options.maxUploadBytes ?? DEFAULT_UPLOAD_BYTES },
    },
    logger,
  );
  const close = async () => {
    closing.abort();
    keys.close();
    await Promise.all([app.close(), desk.close()]);
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
