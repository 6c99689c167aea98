import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import type { ResolvedStack } from '../../models/packs/resolve-packs.js';
import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { InferencePool } from '../../models/runtime/inference-pool.js';
import type { SummaryFile } from '../schemas/run.js';

/** The networks of a run, loaded when a stage first asks: a run with nothing to do starts no thread and no session. */
export class LazyPacks {
  private loading: Promise<LoadedPacks> | null = null;
  private pool: InferencePool | null = null;

  constructor(
    private readonly resolved: ResolvedStack | null,
    private readonly device: DeviceRequest,
    private readonly onDevice: (device: string) => void,
  ) {}

  /** @throws EarsightError EARSIGHT_DEVICE_MISSING, EARSIGHT_MODEL_FAILED; the same again for every later caller. */
  async packs(): Promise<LoadedPacks | null> {
    if (this.resolved === null) return null;
    this.loading ??= this.load(this.resolved);
    return await this.loading;
  }

  /** Null when nothing was inferred. */
  speedOfLight(): SummaryFile['speedOfLight'] {
    const light = this.pool?.speedOfLight();
    if (light === undefined || light.items === 0) return null;
    return { achievedPerSec: light.achievedPerSec, barePerSec: light.barePerSec, ratio: light.ratio };
  }

  async close(): Promise<void> {
    await this.loading?.catch(() => undefined);
    await this.pool?.close();
  }

  private async load(resolved: ResolvedStack): Promise<LoadedPacks> {
    const { InferencePool } = await import('../../models/runtime/inference-pool.js');
    const { loadPacks } = await import('../../models/packs/load-packs.js');
    this.pool = await InferencePool.open({ device: this.device });
    this.onDevice(this.pool.device);
    const packs = await loadPacks(resolved, this.pool);
    this.pool.restartMeter();
    return packs;
  }
}
