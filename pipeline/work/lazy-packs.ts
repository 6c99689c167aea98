import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import type { ResolvedStack } from '../../models/packs/resolve-packs.js';
import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { InferencePool } from '../../models/runtime/inference-pool.js';
import { toEarsightError } from '../../core/errors.js';
import type { SummaryFile } from '../../core/schemas/run.js';

/**
 * After a failure to load, callers within this time get the same error at once: loading takes seconds, which every one
 * of 100,000 videos would wait for.
 */
const RETRY_AFTER_MS = 60_000;

interface Loaded {
  readonly packs: LoadedPacks;
  readonly pool: InferencePool;
}

/** The networks of a run, loaded on first use, so that a run with nothing to do starts no thread and no session. */
export class LazyPacks {
  private loading: Promise<Loaded> | null = null;
  /** The pool that was loaded last, also after it was closed: its speed is reported at the end of the run. */
  private pool: InferencePool | null = null;
  private closing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly resolved: ResolvedStack | null,
    private readonly device: DeviceRequest,
    private readonly onDevice: (device: string) => void,
  ) {}

  /**
   * Loads the networks again when all threads of their pool have died, and some time after a failure to load.
   * @throws EarsightError EARSIGHT_DEVICE_MISSING, EARSIGHT_MODEL_FAILED.
   */
  async packs(): Promise<LoadedPacks | null> {
    if (this.resolved === null) return null;
    const current = this.loading;
    if (current !== null && !(await current).pool.usable && this.loading === current) void this.close();
    this.loading ??= this.startLoading(this.resolved);
    return (await this.loading).packs;
  }

  /** Null when no network ran. */
  speedOfLight(): SummaryFile['speedOfLight'] {
    const light = this.pool?.speedOfLight();
    if (light === undefined || light.items === 0) return null;
    return { achievedPerSec: light.achievedPerSec, barePerSec: light.barePerSec, ratio: light.ratio };
  }

  /** Unloads the networks, which must not be in use. The next call of `packs` loads them again. */
  async close(): Promise<void> {
    const { loading, closing } = this;
    this.loading = null;
    const loaded = loading?.catch(() => null);
    this.closing = Promise.all([closing, loaded?.then(async (found) => await found?.pool.close())]);
    await this.closing;
  }

  private startLoading(resolved: ResolvedStack): Promise<Loaded> {
    const loading = this.load(resolved);
    loading.catch((error: unknown) => {
      const forget = (): void => {
        if (this.loading === loading) this.loading = null;
      };
      // Memory or a device may be available again for the next caller.
      if (['resource', 'transient'].includes(toEarsightError(error).entry.kind)) forget();
      else setTimeout(forget, RETRY_AFTER_MS).unref();
    });
    return loading;
  }

  private async load(resolved: ResolvedStack): Promise<Loaded> {
    const { InferencePool } = await import('../../models/runtime/inference-pool.js');
    const { loadPacks } = await import('../../models/packs/load-packs.js');
    // The old networks are unloaded first, because both together would take twice the memory.
    await this.closing;
    const pool = await InferencePool.open({ device: this.device });
    try {
      this.onDevice(pool.device);
      const packs = await loadPacks(resolved, pool);
      pool.restartMeter();
      this.pool = pool;
      return { packs, pool };
    } catch (error) {
      await pool.close();
      throw error;
    }
  }
}
