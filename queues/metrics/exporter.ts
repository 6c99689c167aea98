import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { EarsightError } from '../../core/errors.js';
import type { Metrics } from './metrics.js';

/** A scrape is one short request; a client slower than this is not Prometheus. */
const REQUEST_LIMIT_MS = 5_000;

export interface Exporter {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` for a process that has no other HTTP server, and `GET /livez` for its supervisor. It listens on the
 * loopback address by default, because metrics should not be public.
 * @throws EarsightError EARSIGHT_USAGE for a port in use or an address that this machine does not have
 */
export async function startExporter(metrics: Metrics, port: number, host = '127.0.0.1'): Promise<Exporter> {
  const server = createServer(
    { requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS },
    (request, reply) => {
      if (request.method !== 'GET') return void reply.writeHead(405).end();
      if (request.url === '/livez') return void reply.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
      if (request.url !== '/metrics') return void reply.writeHead(404).end();
      metrics.text().then(
        (text) => reply.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => reply.writeHead(500).end(),
      );
    },
  );
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    const reason = `metrics cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : ''}`;
    throw new EarsightError('EARSIGHT_USAGE', { reason }, { cause: error });
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
