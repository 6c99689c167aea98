import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import type { JobView } from '../api-schemas.js';
import { DataFolder } from '../data-folder.js';
import type { JobCleanup } from '../job-cleanup.js';
import { openServer, type OpenServer, type ServerOptions } from '../open-server.js';
import { ApiKeys } from '../security/api-keys.js';
import { TimedWork } from './timed-work.js';

/** `TimedWork` has no intermediate artefacts to clean up. */
const NO_CLEANUP: JobCleanup = {
  published: () =>
    Promise.resolve({
      durationSec: 1,
      files: [
        { name: 'events.json', bytes: 1 },
        { name: 'report.html', bytes: 1 },
      ],
    }),
  forget: () => Promise.resolve(),
  dropIdle: () => Promise.resolve(),
};

/** A server on a free port that runs `TimedWork`, with a temporary data folder. */
export class TestServer {
  readonly work = new TimedWork();
  private server: OpenServer | null = null;

  private constructor(
    readonly data: DataFolder,
    private readonly options: Partial<ServerOptions>,
  ) {}

  static async open(options: Partial<ServerOptions> = {}): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'earsight-server-'));
    const server = new TestServer(await DataFolder.open(folder), options);
    await server.start();
    return server;
  }

  get url(): string {
    return this.opened.url;
  }

  get opened(): OpenServer {
    if (this.server === null) throw new TypeError('the server is stopped');
    return this.server;
  }

  /** Creates an API key, as `earsight keys create` does. */
  static async keyIn(data: DataFolder, ...wanted: Parameters<ApiKeys['create']>): Promise<string> {
    return (await (await ApiKeys.open(data.keys)).create(...wanted)).key;
  }

  async start(): Promise<void> {
    this.server = await openServer({
      data: this.data,
      engine: new InlineEngine(this.work, { media: 2, inference: 1, light: 2, videos: 2 }),
      isDurable: false,
      jobOf: (record, id) => ({
        id,
        input: record.input,
        output: record.id,
        run: { out: this.data.results, settings: '' },
      }),
      cleanup: NO_CLEANUP,
      host: '127.0.0.1',
      port: 0,
      // The machine that runs the tests may have little free disk space.
      minFreeBytes: 0,
      logger: pino({ level: 'silent' }),
      ...this.options,
    });
  }

  /** Stops the server and keeps its data folder. */
  async stop(): Promise<void> {
    await this.opened.close();
    this.server = null;
  }

  async close(): Promise<void> {
    if (this.server !== null) await this.stop();
    await rm(this.data.root, { recursive: true, force: true });
  }

  async upload(words: string, name = 'clip.mp4', headers: Record<string, string> = {}): Promise<Response> {
    const form = new FormData();
    form.append('file', new Blob([words]), name);
    return await fetch(`${this.url}/v1/jobs`, { method: 'POST', body: form, headers });
  }

  async job(id: string, query = ''): Promise<JobView> {
    return (await (await fetch(`${this.url}/v1/jobs/${id}${query}`)).json()) as JobView;
  }
}

/** The job in the body of a response. @throws TypeError for an error response. */
export async function jobIn(response: Response): Promise<JobView> {
  if (!response.ok) throw new TypeError(`${response.status} ${await response.text()}`);
  return (await response.json()) as JobView;
}

/** Status and error code of a response, such as `404 EARSIGHT_JOB_UNKNOWN`. */
export async function codeIn(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: { code?: string } };
  return `${response.status} ${body.error?.code ?? 'no code'}`;
}
