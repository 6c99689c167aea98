import { EarsightError } from '../../core/errors.js';
import { resolveDevice, type Device, type DeviceRequest } from './devices.js';
import type { ModelSpec } from './model-spec.js';
import { SessionThreads, type LoadedModel, type ThreadOptions } from './session-threads.js';
import { SharedThreads } from './shared-threads.js';
import type { SpeedOfLight } from './speed-of-light.js';

export interface PoolOptions extends ThreadOptions {
  readonly device?: DeviceRequest;
}

/** A model that every thread of the pool has warm. */
export type PooledModel = Omit<LoadedModel, 'unload'>;

/** Pools of a GPU share its one thread. */
const webgpu = new SharedThreads('webgpu');

/** Models of one owner in inference threads: its own ones, or on webgpu those of the process. */
export class InferencePool {
  private readonly models = new Set<LoadedModel>();
  private closed = false;

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

  /** False once it was closed, or gave up on threads that keep dying: nothing will run in it any more. */
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

  /** Of its threads, since they were started or since `restartMeter`. */
  speedOfLight(): SpeedOfLight {
    return this.threads.speedOfLight();
  }

  /** Forgets what was measured: trial runs while models load wait behind sessions that are being made. */
  restartMeter(): void {
    this.threads.restartMeter();
  }

  /** Ends the threads, unless another pool has them too; whatever waits is rejected as cancelled. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
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
