import { pino, type Logger } from 'pino';

/**
 * JSON lines on standard error. A request is told by method, route and status: no header, no query, no body, no path of
 * a file ever reaches the log.
 */
export function serverLogger(level: string): Logger {
  return pino(
    {
      level,
      redact: ['req.headers', 'headers', 'authorization', '*.authorization', '*.cookie'],
      serializers: {
        req: ({ method, url, ip }: { method?: string; url?: string; ip?: string }) => ({
          method,
          path: url?.split('?')[0],
          ip,
        }),
        res: ({ statusCode }: { statusCode?: number }) => ({ status: statusCode }),
      },
    },
    pino.destination(2),
  );
}
