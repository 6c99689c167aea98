import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { PACKAGE_FOLDER, VERSION } from '../core/version.js';
import { earsight } from './earsight.js';

const text = async (name: string): Promise<string> => await readFile(join(PACKAGE_FOLDER, name), 'utf8');

/** Schema of the Compose keys that are used here; a mistyped or unknown key is refused. */
const healthcheckSchema = z.strictObject({
  test: z.tuple([z.literal('CMD')]).rest(z.string()),
  interval: z.string().regex(/^\d+s$/),
  timeout: z.string().regex(/^\d+s$/),
  retries: z.number().int().positive().optional(),
  start_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
});
const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.union([z.string(), z.strictObject({ context: z.string(), target: z.string() })]).optional(),
  command: z.string(),
  profiles: z.array(z.string()).optional(),
  init: z.boolean().optional(),
  restart: z.enum(['unless-stopped', 'always', 'on-failure', 'no']),
  user: z.string(),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  pids_limit: z.number().int().positive().optional(),
  tmpfs: z.array(z.string()).optional(),
  volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(:ro)?$/)),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  healthcheck: healthcheckSchema,
  deploy: z
    .strictObject({
      resources: z.strictObject({
        reservations: z.strictObject({
          devices: z.array(
            z.strictObject({ driver: z.string(), count: z.number().int(), capabilities: z.array(z.string()) }),
          ),
        }),
      }),
    })
    .optional(),
});
type Service = z.infer<typeof serviceSchema>;
const composeSchema = z.strictObject({
  name: z.string(),
  'x-earsight': z.unknown(),
  'x-worker': z.unknown(),
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

let cwd: string;
let services: Record<string, Service>;
let volumes: string[];
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-deployment-'));
  const compose = composeSchema.parse(parse(await text('docker-compose.yml'), { merge: true }));
  services = compose.services;
  volumes = Object.keys(compose.volumes);
});
afterAll(async () => await rm(cwd, { recursive: true, force: true }));

const ours = (): [string, Service][] => Object.entries(services).filter(([name]) => name !== 'redis');

describe('docker-compose.yml', () => {
  it('has a Redis that persists and does not evict, a server, and workers for every class of work', () => {
    expect(Object.keys(services)).toEqual(['redis', 'server', 'media', 'inference', 'inference-gpu']);
    expect(services['redis']?.command.split(' ')).toEqual(
      expect.arrayContaining(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']),
    );
    const worked = ours().flatMap(([, { command }]) => /--queues (\S+)/.exec(command)?.[1]?.split(',') ?? []);
    expect(new Set(worked)).toEqual(new Set(['media', 'inference', 'light']));
    expect(services['inference-gpu']?.profiles).toEqual(['gpu']);
    expect(ours().filter(([, { profiles }]) => profiles === undefined)).toHaveLength(3);
  });

  it('pins every image, and our own to this version', () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/^[a-z]+:\d+\.\d+\.\d+(-[a-z]+)?$/);
    for (const [, { image }] of ours()) expect(image.startsWith(`earsight:${VERSION}`)).toBe(true);
  });

  it('runs our services without privileges and lets them write only to the data volume and to memory', () => {
    for (const [, service] of ours()) {
      expect(service.user).toBe('node');
      expect(service.init).toBe(true);
      expect(service.tmpfs?.every((mount) => mount.includes('noexec') && mount.includes('size='))).toBe(true);
      const writable = service.volumes.filter((volume) => !volume.endsWith(':ro'));
      expect(writable).toEqual(['data:/data']);
      expect(service.depends_on).toHaveProperty('redis');
      for (const key of Object.keys(service.depends_on ?? {})) expect(services).toHaveProperty(key);
    }
    for (const { volumes: used } of Object.values(services))
      for (const volume of used) if (!volume.startsWith('.')) expect(volumes).toContain(volume.split(':')[0]);
  });

  it('gives workers a longer grace period than their drain time', async () => {
    const { stdout } = await earsight(['worker', '--help'], { cwd });
    const drainSec = Number(/--drain[^(]+\(default:\s*(\d+)\)/.exec(stdout.replace(/\s+/g, ' '))?.[1]);
    for (const [, { stop_grace_period: grace }] of ours()) expect(Number.parseInt(grace ?? '', 10)).toBeGreaterThan(drainSec + 5); // prettier-ignore
  });

  it('names only commands, flags and variables that the command line knows', async () => {
    const helps = new Map<string, string>();
    for (const [, { command, environment, healthcheck }] of ours()) {
      const [name = '', ...words] = command.split(' ');
      const known = helps.get(name) ?? (await earsight([name, '--help'], { cwd })).stdout;
      helps.set(name, known);
      expect(known).toContain(`Usage: earsight ${name}`);
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(known, command).toContain(`${flag} `);
      expect(environment).toHaveProperty('REDIS_URL');
      if (name === 'worker') expect(known, command).toContain('env: REDIS_URL)');
      // The health check must use the port on which the command listens.
      const port = /(?:--port|--metrics-port) (\d+)/.exec(command)?.[1];
      expect(healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${port}/livez`);
    }
    expect((await earsight(['keys', 'create', '--help'], { cwd })).stdout).toContain('--scope <scope>');
  });
});

describe('Dockerfile', () => {
  it('has pinned base images, runs as an ordinary user, and starts the command of package.json', async () => {
    const lines = (await text('Dockerfile')).split('\n').filter((line) => /^[A-Z]+ /.test(line));
    const of = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1)); // prettier-ignore
    const stages = new Set<string>();
    for (const from of of('FROM')) {
      const [base = '', , name] = from.split(' ');
      expect(stages.has(base) || /^node:\d+\.\d+\.\d+-bookworm-slim$/.test(base), from).toBe(true);
      if (name !== undefined) stages.add(name);
    }
    for (const [, { build }] of ours()) if (typeof build === 'object') expect(stages).toContain(build.target);
    expect(of('USER').at(-1)).toBe('node');
    const manifest = z
      .object({ bin: z.record(z.string(), z.string()), scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await text('package.json')));
    expect(of('ENTRYPOINT')).toEqual([`["node", "/app/${manifest.bin['earsight']}"]`]);
    for (const [, script] of lines.join('\n').matchAll(/npm run (\w+)/g)) expect(manifest.scripts).toHaveProperty(script ?? ''); // prettier-ignore
    expect(of('EXPOSE')).toEqual([/--port (\d+)/.exec(services['server']?.command ?? '')?.[1]]);
  });

  it('excludes all files by default and includes every folder that the build imports', async () => {
    const lines = (await text('.dockerignore')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const taken = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const name of taken) expect(existsSync(join(PACKAGE_FOLDER, name)), name).toBe(true);
    expect(lines).toContain('**/*.test.ts');
    // Everything that the built sources import must be among the copied folders.
    const { include } = z.object({ include: z.array(z.string()) }).parse(JSON.parse(await text('tsconfig.build.json')));
    const queue = [...include];
    for (const folder of queue) {
      expect(taken).toContain(folder);
      const entries = await readdir(join(PACKAGE_FOLDER, folder), { recursive: true, withFileTypes: true });
      for (const entry of entries.filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
        const source = await readFile(join(entry.parentPath, entry.name), 'utf8');
        for (const [, path = ''] of source.matchAll(/ from '(\.\.?\/[^']+)';/g)) {
          const [top = ''] = relative(PACKAGE_FOLDER, join(entry.parentPath, path)).split(sep);
          if (!queue.includes(top)) queue.push(top);
        }
      }
    }
  });
});
