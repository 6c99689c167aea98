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
 * A redis-server of its own for a test: on loopback, on a free port, with its data in a folder of its own, append-only
 * file and no eviction, as the product wants it.
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

  /** @param options further words of the command line, such as `--maxmemory 4mb`. */
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

  /** Starts the process again, with what its append-only file holds. */
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

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT');
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A connection for a question or two; `quit` it. */
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
        // Another server may have the port: ours is about to end then.
        if (!(await redis.info('server')).includes(`process_id:${child.pid}\r`)) throw new Error('not this server');
        // While it loads its file it answers LOADING to everything.
        await redis.set('earsight:ready', '1', 'EX', 1);
        return;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
        await sleep(POLL_MS);
      } finally {
        redis.disconnect();
      }
    }
    // Whoever waits is told by the process that it ended.
    await new Promise(() => undefined);
  }
}
