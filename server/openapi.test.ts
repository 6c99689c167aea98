import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { PACKAGE_FOLDER } from '../core/version.js';
import { jobEventSchema } from './job-events.js';
import { openApiDocument } from './openapi-document.js';

const documentSchema = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string(), summary: z.string() }))),
});

it('docs/openapi.json is up to date (npm run generate) and contains every route', async () => {
  const text = await openApiDocument();
  expect(await readFile(join(PACKAGE_FOLDER, 'docs/openapi.json'), 'utf8')).toBe(text);
  const { openapi, paths } = documentSchema.parse(JSON.parse(text));
  expect(openapi).toBe('3.1.0');
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toEqual([
    'DELETE /v1/jobs/{id}',
    'DELETE /v1/session',
    'GET /livez',
    'GET /readyz',
    'GET /v1/events',
    'GET /v1/jobs',
    'GET /v1/jobs/{id}',
    'GET /v1/jobs/{id}/events',
    'GET /v1/jobs/{id}/files/{*}',
    'GET /v1/jobs/{id}/report',
    'GET /v1/jobs/{id}/result',
    'GET /v1/session',
    'POST /v1/jobs',
    'POST /v1/jobs/{id}/retry',
    'POST /v1/session',
  ]);
});

it('docs/server.md describes every job event and its fields', async () => {
  const page = await readFile(join(PACKAGE_FOLDER, 'docs/server.md'), 'utf8');
  for (const { shape } of jobEventSchema.options) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${shape.type.value}\``)) ?? '';
    for (const field of Object.keys(shape)) if (field !== 'type') expect(row).toContain(`\`${field}\``);
    expect(row).not.toBe('');
  }
});
