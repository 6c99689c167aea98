import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import type { ResolvedStack } from '../../models/packs/resolve-packs.js';
import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { InferencePool } from '../../models/runtime/inference-pool.js';
import { toEarsightError } from '../../core/errors.js';
import type { SummaryFile } from '../../core/schemas/run.js';

/**
 * Networks that cannot be loaded are told of at once to whoever asks within this time: loading takes seconds, and a folder
 * of 100,000 videos would pay them for each.
 */
const FAILED_REST_MS = 60_000;

interface Loaded {
  readonly packs: LoadedPacks;
  readonly pool: InferencePool;
}

/** The networks of a run, loaded when a stage first asks: a run with nothing to do starts no thread and no session. */
export class LazyPacks {
  private loading: Promise<Loaded> | null = null;
  /** The last one that was loaded. */
  private pool: InferencePool | null = null;
  private closing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly resolved: ResolvedStack | null,
    private readonly device: DeviceRequest,
    private readonly onDevice: (device: string) => void,
  ) {}

  /**
   * What has lost its threads for good is loaded anew for the next caller; what could not be loaded is, after a while.
   * @throws EarsightError EARSIGHT_DEVICE_MISSING, EARSIGHT_MODEL_FAILED.
   */
  async packs(): Promise<LoadedPacks | null> {
    if (this.resolved === null) return null;
    const known = this.loading;
    if (known !== null && !(await known).pool.usable && this.loading === known) void this.close();
    this.loading ??= this.startLoading(this.resolved);
    return (await this.loading).packs;
  }

  /** Null when nothing was inferred. */
  speedOfLight(): SummaryFile['speedOfLight'] {
    const light = this.pool?.speedOfLight();
    if (light === undefined || light.items === 0) return null;
    return { achievedPerSec: light.achievedPerSec, barePerSec: light.barePerSec, ratio: light.ratio };
  }

  /** Nobody may be using them. Whoever asks again has them loaded again. */
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
      // Memory that is short, or a device that somebody has, may be there for the next one.
      if (['resource', 'transient'].includes(toEarsightError(error).entry.kind)) forget();
      else setTimeout(forget, FAILED_REST_MS).unref();
    });
    return loading;
  }

  private async load(resolved: ResolvedStack): Promise<Loaded> {
    const { InferencePool } = await import('../../models/runtime/inference-pool.js');
    const { loadPacks } = await import('../../models/packs/load-packs.js');
    // The same networks twice would take twice the memory: the old ones go first.
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
