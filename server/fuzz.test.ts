import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { PACKAGE_FOLDER } from '../core/version.js';
import { collectGarbage } from './testing/collect-garbage.js';
import { TestServer } from './testing/test-server.js';

const REQUESTS = 10_000;
/** Limit for the heap growth during the second half of the requests; it detects a leak of a kilobyte per request. */
const MAX_GROWTH_BYTES = 4e6;

const parameterSchema = z.object({ in: z.string(), name: z.string(), schema: z.unknown() });
const operationSchema = z.object({
  parameters: z.array(parameterSchema).optional(),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
});
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

let server: TestServer;
beforeAll(async () => (server = await TestServer.open()));
afterAll(async () => await server.close());

/** The random generator Mulberry32, which gives the same sequence on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const BAD_TEXTS = [
  '', ' ', '0', '-1', '1e9', 'NaN', 'null', 'true', '[]', '{}', '../..', '..%2f..%2fetc', '%00', '%ff', '%', '%u0041', '\\', "'--", '<b>',
  'j', `j${'0'.repeat(31)}`, `j${'g'.repeat(31)}`, 'x'.repeat(5000), '猫'.repeat(300), '__proto__', 'constructor', '999999999999999999999',
]; // prettier-ignore

function badValue(pick: <T>(list: readonly T[]) => T, depth = 0): unknown {
  const flat = [null, true, false, 0, -1, 1e308, 0.5, '', 'x', 'x'.repeat(9000), '\u0000', '\ud800', ...BAD_TEXTS];
  if (depth > 3) return pick(flat);
  const nested = () => badValue(pick, depth + 1);
  const makers = [
    () => pick(flat),
    () => pick(flat),
    () => [nested(), nested()],
    () => ({ [pick(BAD_TEXTS)]: nested() }),
  ];
  return pick(makers)();
}

it('answers 10,000 malformed requests made from the OpenAPI document with a 4xx status and a code, and leaks nothing', async () => {
  const { paths } = documentSchema.parse(JSON.parse(await readFile(join(PACKAGE_FOLDER, 'docs/openapi.json'), 'utf8')));
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const next = random(20_260_722);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const { app } = server.opened;
  const seen = new Map<string, number>();
  let heapAtHalf = 0;

  for (let count = 0; count < REQUESTS; count++) {
    const { path, method, operation } = pick(operations);
    const request = malformed(path, method, operation, pick);
    const answer = await app.inject(request);
    const description = JSON.stringify(request).slice(0, 600);
    expect(answer.statusCode, `${description}\n${answer.body}`).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode, `${description}\n${answer.body}`).toBeLessThan(500);
    const code = z.object({ error: z.object({ code: z.string().startsWith('EARSIGHT_') }) }).parse(answer.json())
      .error.code;
    seen.set(code, (seen.get(code) ?? 0) + 1);
    if (count === REQUESTS / 2) heapAtHalf = heapBytes();
  }
  expect(heapBytes() - heapAtHalf).toBeLessThan(MAX_GROWTH_BYTES);
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining([
      'EARSIGHT_JOB_UNKNOWN',
      'EARSIGHT_PATH_REFUSED',
      'EARSIGHT_REQUEST_INVALID',
      'EARSIGHT_REQUEST_TOO_LARGE',
      'EARSIGHT_REQUEST_TYPE',
      'EARSIGHT_ROUTE_UNKNOWN',
    ]),
  );
  expect(await readdir(server.data.inputs)).toEqual([]);
  expect((await app.inject({ method: 'GET', url: '/readyz', headers: { host: 'localhost' } })).statusCode).toBe(200);
}, 90_000);

/** Heap in use after a garbage collection. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A request for this operation that the document forbids in at least one respect. */
function malformed(
  path: string,
  method: string,
  operation: z.infer<typeof operationSchema>,
  pick: <T>(list: readonly T[]) => T,
): InjectOptions {
  const id = pick(['nope', `j${'0'.repeat(31)}`, ...BAD_TEXTS]);
  const url = path.replace('{id}', encodeURIComponent(id)).replace('{*}', encodeURIComponent(pick(BAD_TEXTS)));
  const headers: Record<string, string> = { host: 'localhost' };
  const query = new URLSearchParams();
  // A parameter that no operation has is refused wherever a query is validated; where no query is, the path is made invalid.
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  if (known.length > 0 && (operation.requestBody === undefined || pick([true, false])))
    query.set(pick([...known.map(({ name }) => name), 'unheard-of']), pick(['-1', '1e9', 'x', '%00', '[]', '9999999']));
  const body =
    operation.requestBody === undefined ? {} : malformedBody(Object.keys(operation.requestBody.content), pick);
  Object.assign(headers, body.headers);
  const open = known.length === 0 && operation.requestBody === undefined && !path.includes('{');
  const suffix = open ? pick(['/x', '/..%2f', '/%00', 'x', '/constructor']) : '';
  const text = query.toString();
  return {
    method: method.toUpperCase(),
    url: `${url}${suffix}${text === '' ? '' : `?${text}`}`,
    headers,
    ...(body.payload === undefined ? {} : { payload: body.payload }),
  };
}

function malformedBody(
  types: readonly string[],
  pick: <T>(list: readonly T[]) => T,
): { headers?: Record<string, string>; payload?: string | Buffer } {
  const type = pick([
    ...types,
    'application/json',
    'text/plain',
    'application/xml',
    'video/mp4',
    'multipart/form-data; boundary=',
    ';;;',
    'x'.repeat(300),
  ]);
  if (type === 'application/json') {
    const json = JSON.stringify(
      pick([badValue(pick), { path: badValue(pick) }, { url: badValue(pick) }, { key: pick([1, '', null, {}]) }]),
    );
    const whole = pick([
      json,
      json.slice(0, -1),
      `${json}}`,
      '{"__proto__":{"x":1}}',
      '[[[[',
      'NaN',
      '',
      '{"path":"a","path2":"b"}',
      '"',
      `{"path":"${'x'.repeat(20_000)}"}`,
    ]);
    return { headers: { 'content-type': type }, payload: whole };
  }
  if (type === 'multipart/form-data') {
    const head = 'content-disposition: form-data; name=';
    const part = pick([
      `${head}"other"; filename="a.mp4"\r\n\r\nx`,
      `${head}"file"\r\n\r\nno file`,
      `${head}"__proto__"\r\n\r\nx`,
      `${head}"webhook"\r\n\r\n${'x'.repeat(5000)}`,
      `${head}"file"; filename="a.mp4"\r\n\r\nx\r\n--b\r\n${head}"file"; filename="b.mp4"\r\n\r\ny`,
      `${head}"file"; filename="../../a.mp4"\r\n\r\nx\r\n--b\r\n${head}"unheard-of"\r\n\r\ny`,
      'no header at all',
      '',
    ]);
    const end = pick(['\r\n--b--\r\n', '\r\n--b', '', '\r\n--c--\r\n']);
    const whole = end === '\r\n--b--\r\n' ? part : part.replaceAll('name="file"', 'name="cut"');
    return { headers: { 'content-type': 'multipart/form-data; boundary=b' }, payload: `--b\r\n${whole}${end}` };
  }
  return {
    headers: { 'content-type': type },
    payload: pick(['', 'x', Buffer.from([0xff, 0xfe, 0]).toString('latin1'), 'a=b']),
  };
}
