import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { untilReady, onFreePort } from '../../fixtures/start-server.js';

const START_LIMIT_MS = 10_000;
const POLL_MS = 25;

/**
 * A redis-server of its own for a test: on the loopback address and a free port, with its data in a temporary folder, an
 * append-only file and no eviction, as the product requires.
 *
 * @example
 * ```ts
 * const redis = await RedisServer.start();
 * const engine = await BullmqEngine.open({ url: redis.url });
 * await redis.stop();
 * ```
 */
export class RedisServer {
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  /** @param options further command line arguments, such as `--maxmemory 4mb` */
  static async start(options: readonly string[] = []): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'earsight-redis-'));
    return await onFreePort(async (port) => {
      const server = new RedisServer(port, folder, options);
      await server.restart();
      return server;
    });
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the process again with the data of its append-only file. */
  async restart(): Promise<void> {
    const persistence = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
    const place = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder];
    const rest = ['--maxmemory-policy', 'noeviction', '--loglevel', 'warning', ...this.options];
    const child = spawn('redis-server', [...place, ...persistence, ...rest], { stdio: 'ignore' });
    this.child = child;
    await untilReady(child, this.answers(child));
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** Kills the process without a chance to save, as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT');
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Opens a connection for a test, which the test must close. */
  connect(): Redis {
    return new Redis(this.url, { maxRetriesPerRequest: 2 }).on('error', () => undefined);
  }

  private async end(name: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(name);
    await ended;
  }

  private async answers(child: ChildProcess): Promise<void> {
    const untilMs = performance.now() + START_LIMIT_MS;
    while (child.exitCode === null && child.signalCode === null) {
      const redis = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
      redis.on('error', () => undefined);
      try {
        await redis.connect();
        // Another server may have the port; our process is about to end then.
        if (!(await redis.info('server')).includes(`process_id:${child.pid}\r`)) throw new Error('not this server');
        // While the server loads its file, it answers every command with LOADING.
        await redis.set('earsight:ready', '1', 'EX', 1);
        return;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
        await sleep(POLL_MS);
      } finally {
        redis.disconnect();
      }
    }
    // Never resolves: `answering` reports that the process has ended.
    await new Promise(() => undefined);
  }
}
