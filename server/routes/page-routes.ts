import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import type { ServerApp } from '../server-parts.js';

/** Everything the page loads, below the package: nothing else is served from there. */
const ASSETS = [
  'core/page-kit/page.css',
  'core/page-kit/video-list.css',
  'core/page-kit/dom.js',
  'core/page-kit/clock.js',
  'server/page/page.css',
  'server/page/api.js',
  'server/page/submit-form.js',
  'server/page/job-list.js',
  'server/page/job-row.js',
  'server/page/main.js',
];
const ROOT = new URL('../../', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Its own scripts and styles, its own server, and no string ever becomes HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The page for people. It holds nothing of anybody's, so it is open; what it shows it asks for through the door. */
export function pageRoutes(app: ServerApp): void {
  const page = readFileSync(new URL('server/page/index.html', ROOT), 'utf8');
  const assets = new Map(ASSETS.map((path) => [path, readFileSync(new URL(path, ROOT), 'utf8')]));

  app.get('/', { config: { door: 'open' }, schema: { hide: true } }, async (_request, reply) => {
    return await reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page);
  });

  app.get('/assets/*', { config: { door: 'open' }, schema: { hide: true } }, async (request, reply) => {
    const path = request.url.split('?')[0]?.slice('/assets/'.length) ?? '';
    const text = assets.get(path);
    if (text === undefined)
      throw new EarsightError('EARSIGHT_ROUTE_UNKNOWN', { method: request.method, path: `/assets/${path}` });
    return await reply
      .type(TYPES[extname(path)] ?? 'text/plain')
      .header('cache-control', 'no-cache')
      .send(text);
  });
}
