import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { InlineEngine } from '../queues/inline/inline-engine.js';
import type { Work } from '../queues/engine.js';
import { buildApp } from './app.js';
import { DataFolder } from './data-folder.js';
import { EngineJobService } from './engine-job-service.js';
import type { JobCleanup } from './job-cleanup.js';
import { JobRegistry } from './job-registry.js';
import { ApiKeys } from './security/api-keys.js';
import { Sessions } from './security/sessions.js';
import { StagedFiles } from './staged-files.js';

const NO_WORK: Work = {
  plan: () => Promise.resolve([]),
  execute: () => Promise.resolve(),
  finish: () => Promise.resolve(),
};

const NO_CLEANUP: JobCleanup = {
  published: () => Promise.resolve({ durationSec: null, files: [] }),
  forget: () => Promise.resolve(),
  dropIdle: () => Promise.resolve(),
};

/** The text of `docs/openapi.json`, made from the routes of an application that does not listen on a port. */
export async function openApiDocument(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-openapi-'));
  const data = await DataFolder.open(folder);
  const policy = { allowed: new Set<string>() };
  const jobs = new EngineJobService({
    engine: new InlineEngine(NO_WORK),
    isDurable: false,
    registry: await JobRegistry.open(data.jobs),
    root: data.root,
    files: new StagedFiles({ data, policy, roots: [], limits: { maxBytes: 1 }, cleanup: NO_CLEANUP }),
    jobOf: (record, id) => ({ id, input: record.input, output: id, run: { out: folder, settings: '' } }),
    maxUnfinished: 1,
  });
  const app = await buildApp(
    {
      jobs,
      data,
      keys: await ApiKeys.open(data.keys),
      sessions: new Sessions(),
      closing: new AbortController().signal,
      roots: [],
      urls: null,
      webhooks: null,
      metrics: null,
      queues: null,
      maxConnections: 1,
      uploads: { maxBytes: 1 },
    },
    pino({ level: 'silent' }),
  );
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
    await jobs.close();
    await rm(folder, { recursive: true, force: true });
  }
}
