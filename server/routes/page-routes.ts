import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import type { ServerApp } from '../server-parts.js';

/** All files that the page loads, relative to the package folder. No other file is served from there. */
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

/** Allows the page's own scripts and styles and requests to its own server, and forbids turning strings into HTML. */
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

/** Serves the browser page. The page itself holds no data and needs no key; its API requests do. */
export function pageRoutes(app: ServerApp): void {
  const page = readFileSync(new URL('server/page/index.html', ROOT), 'utf8');
  const assets = new Map(ASSETS.map((path) => [path, readFileSync(new URL(path, ROOT), 'utf8')]));

  app.get('/', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    return await reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page);
  });

  app.get('/assets/*', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
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
