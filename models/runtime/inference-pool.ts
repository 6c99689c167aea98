import { EarsightError } from '../../core/errors.js';
import { resolveDevice, type Device, type DeviceRequest } from './devices.js';
import type { ModelSpec } from './model-spec.js';
import { SessionThreads, type LoadedModel, type ThreadOptions } from './session-threads.js';
import type { SpeedOfLight } from './speed-of-light.js';

export interface PoolOptions extends ThreadOptions {
  readonly device?: DeviceRequest;
}

/** A model that every thread of the pool has warm. */
export type PooledModel = Omit<LoadedModel, 'unload'>;

/**
 * The inference threads of webgpu, which all pools of a process share. Two threads with webgpu sessions in one process end
 * it with a segmentation fault (measured, 4 of 4), and a worker has a pool for each set of packs that its runs ask for.
 */
class SharedThreads {
  private threads: SessionThreads | null = null;
  private users = 0;
  private closing: Promise<void> | null = null;

  /** Returns the threads that run, or starts new ones if there are none or if they have given up. */
  async acquire(options: ThreadOptions): Promise<SessionThreads> {
    if (this.threads !== null && !this.threads.usable) this.close(this.threads);
    while (this.closing !== null) await this.closing;
    this.threads ??= new SessionThreads('webgpu', options);
    this.users++;
    return this.threads;
  }

  /** Closes the threads with their last user. Threads that gave up may have been replaced by then. */
  async release(threads: SessionThreads): Promise<void> {
    if (threads === this.threads && --this.users === 0) this.close(threads);
    await this.closing;
  }

  private close(threads: SessionThreads): void {
    this.threads = null;
    this.users = 0;
    const closing = threads.close().finally(() => {
      if (this.closing === closing) this.closing = null;
    });
    this.closing = closing;
  }
}

const webgpu = new SharedThreads();

/** The models of one owner, in inference threads. On webgpu the threads are shared with the other pools of the process. */
export class InferencePool {
  private readonly models = new Set<LoadedModel>();
  private closed = false;
  private cpuPool: Promise<InferencePool> | null = null;

  private constructor(private readonly threads: SessionThreads) {}

  /** @throws EARSIGHT_DEVICE_MISSING for a named device that is not usable. */
  static async open(options: PoolOptions = {}): Promise<InferencePool> {
    const device = await resolveDevice(options.device ?? 'auto');
    return new InferencePool(device === 'webgpu' ? await webgpu.acquire(options) : new SessionThreads(device, options));
  }

  get device(): Device {
    return this.threads.device;
  }

  get threadCount(): number {
    return this.threads.threadCount;
  }

  /** False after `close`, and after the pool gave up on threads that keep dying: nothing runs in it any more. */
  get usable(): boolean {
    return !this.closed && this.threads.usable;
  }

  /** Loads a model into every thread and warms it up. @throws EARSIGHT_MODEL_FAILED */
  async load(spec: ModelSpec): Promise<PooledModel> {
    this.checkOpen();
    const model = await this.threads.load(spec);
    if (this.closed) model.unload();
    this.checkOpen();
    this.models.add(model);
    return model;
  }

  /**
   * The pool of networks that run on the CPU wherever the others do: this one, or one that is opened beside it and closed
   * with it.
   */
  async onCpu(): Promise<InferencePool> {
    this.checkOpen();
    if (this.device === 'cpu') return this;
    this.cpuPool ??= InferencePool.open({ device: 'cpu' });
    return await this.cpuPool;
  }

  /** Measured over all its threads, since they were started or since `restartMeter`. */
  speedOfLight(): SpeedOfLight {
    return this.threads.speedOfLight();
  }

  /** Forgets what was measured so far: warm-up runs wait for sessions that are being created. */
  restartMeter(): void {
    this.threads.restartMeter();
  }

  /** Ends the threads, unless another pool uses them too. Waiting calls reject with EARSIGHT_CANCELLED. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await (await this.cpuPool)?.close();
    if (this.device !== 'webgpu') {
      await this.threads.close();
      return;
    }
    for (const model of this.models) model.unload();
    await webgpu.release(this.threads);
  }

  private checkOpen(): void {
    if (this.closed) throw new EarsightError('EARSIGHT_CANCELLED');
  }
}
