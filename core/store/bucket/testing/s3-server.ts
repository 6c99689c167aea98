import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilReady, onFreePort } from '../../../../fixtures/start-server.js';
import { pythonWith } from '../../../../fixtures/python.js';
import '../client.js';

const START_LIMIT_MS = 30_000;
const POLL_MS = 50;

/** Not moto's extra `server`, which is for all of AWS and takes three times as long to install. */
const PACKAGES = ['moto[s3]==5.2.5', 'flask<4', 'flask-cors<7'];

/** moto keeps everything in memory, and knows conditional writes as S3 does (docs/decisions/0051-buckets.md). */
export function pythonWithMoto(): string | undefined {
  return pythonWith({ name: 'moto', modules: ['moto.server', 'flask', 'flask_cors'], packages: PACKAGES });
}

/** An S3 server of its own for a test, on a free port of loopback, with one bucket. */
export class S3Server {
  readonly bucket = 'earsight-tests';

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** @param guarded how many requests are answered before every one needs a key with rights; none needs one without it. */
  static async start(python: string, guarded?: number): Promise<S3Server> {
    const guard = guarded === undefined ? {} : { INITIAL_NO_AUTH_ACTION_COUNT: String(guarded) };
    const server = await onFreePort(async (port) => {
      const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
        stdio: 'ignore',
        env: { ...process.env, ...guard },
      });
      const started = new S3Server(child, port);
      await untilReady(child, started.answers());
      return started;
    });
    const client = server.client(credentials);
    await client.send(new CreateBucketCommand({ Bucket: server.bucket }));
    client.destroy();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param url another way to it. @param silenceMs after which it is taken to be away. */
  client(given: typeof credentials, url = this.url, silenceMs = 20_000): S3Client {
    const limits = { maxAttempts: 2, requestHandler: { connectionTimeout: 5_000, socketTimeout: silenceMs } };
    return new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials: given, ...limits });
  }

  /** What a process needs in its environment to use it. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    // It has nothing worth keeping, and may be stopped.
    this.child.kill('SIGKILL');
    await ended;
  }

  private async answers(): Promise<void> {
    const untilMs = performance.now() + START_LIMIT_MS;
    for (;;) {
      const answer = await fetch(`${this.url}/moto-api/`).catch((error: unknown) => {
        if (performance.now() > untilMs) throw error;
        return null;
      });
      if (answer !== null) return;
      await sleep(POLL_MS);
    }
  }
}

/** moto asks nobody, unless it is guarded. */
export const credentials = { accessKeyId: 'tester', secretAccessKey: 'no-secret' };
