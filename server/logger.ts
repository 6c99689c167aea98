import { pino, type Logger } from 'pino';

/**
 * Writes JSON lines to standard error. A request is logged with its method, path and status only: headers, queries, bodies
 * and paths of files are never logged.
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
