import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilReady, onFreePort } from '../../../../fixtures/start-server.js';
import { pythonWith } from '../../../../fixtures/python.js';
import '../client.js';

const START_LIMIT_MS = 30_000;
const POLL_MS = 50;

/** The extra `server` of moto is not used: it covers all of AWS and takes three times as long to install. */
const PACKAGES = ['moto[s3]==5.2.5', 'flask<4', 'flask-cors<7'];

/** moto keeps everything in memory and supports conditional writes as S3 does (docs/decisions/0051-buckets.md). */
export function pythonWithMoto(): string | undefined {
  return pythonWith({ name: 'moto', modules: ['moto.server', 'flask', 'flask_cors'], packages: PACKAGES });
}

/** An S3 server for one test, on a free port of the loopback interface, with one bucket. */
export class S3Server {
  readonly bucket = 'earsight-tests';

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /**
   * @param openRequests number of requests that need no credentials before all others do. By default none needs any.
   */
  static async start(python: string, openRequests?: number): Promise<S3Server> {
    const guard = openRequests === undefined ? {} : { INITIAL_NO_AUTH_ACTION_COUNT: String(openRequests) };
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

  /** @param url another address of the server, such as a proxy. @param socketTimeoutMs see `sharedClient`. */
  client(given: typeof credentials, url = this.url, socketTimeoutMs = 20_000): S3Client {
    const limits = { maxAttempts: 2, requestHandler: { connectionTimeout: 5_000, socketTimeout: socketTimeoutMs } };
    return new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials: given, ...limits });
  }

  /** The environment variables with which a process uses this server. */
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
    // The server keeps nothing, and SIGKILL also ends a process that was paused by SIGSTOP.
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

/** moto checks no credentials unless it was started with `openRequests`. */
export const credentials = { accessKeyId: 'tester', secretAccessKey: 'no-secret' };
