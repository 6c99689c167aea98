import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { Job, RunReference, Step, StepControl, Work } from '../../queues/engine.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Source } from '../../core/stage.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import { isBucketUrl } from '../../core/store/bucket/bucket-url.js';
import type { Store } from '../../core/store/store.js';
import { choosePacks, type ChosenPacks } from './choose-packs.js';
import { LazyPacks } from './lazy-packs.js';
import { openBucketStore, openDocuments } from './open-store.js';
import { RecentPacks } from './recent-packs.js';
import { ResultFolder } from './result-folder.js';
import { readRunDocument, type RunDocument } from './run-document.js';
import { shardingOf } from './sharding.js';
import { hashOfGraph, type StageGraph } from './stage-graph.js';
import { graphOf } from './standard-graph.js';
import { VideoWork } from './video-work.js';

export interface MultiRunWorkOptions {
  readonly device: DeviceRequest;
  /** Never use the network: a pack that is missing on this machine is not fetched. */
  readonly offline: boolean;
  readonly onDevice: (device: string) => void;
}

/** Number of runs whose graph stays in memory. A worker that serves more runs at once builds some graphs repeatedly. */
const MAX_OPEN_RUNS = 64;

/**
 * After a worker has found that it cannot process a run, it rejects further jobs of that run at once for this long:
 * looking for packs may take seconds, and delays the retry of the job on another worker.
 */
const DIFFERS_RETRY_MS = 30_000;

interface OpenRun {
  readonly work: VideoWork;
  readonly packs: LazyPacks;
}

/**
 * The work of any run. It rebuilds a run's context from a job, for processes that did not start that run. Networks stay
 * loaded between runs that use the same packs.
 */
export class MultiRunWork implements Work {
  private readonly runs = new Map<string, Promise<OpenRun>>();
  private readonly packs = new Map<string, LazyPacks>();
  private readonly recent = new RecentPacks();

  constructor(private readonly options: MultiRunWorkOptions) {}

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    return await (await this.runOf(job.run)).work.plan(job, signal);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const { work, packs } = await this.runOf(job.run);
    await this.recent.use(packs, async () => await work.execute(job, step, control));
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    await (await this.runOf(job.run)).work.finish(job, error, signal);
  }

  /** @throws EarsightError as `plan`. */
  async sourceOf(job: Job, signal: AbortSignal): Promise<Source> {
    return await (await this.runOf(job.run)).work.sourceOf(job, signal);
  }

  /** Must be called only when no work is in progress. */
  async close(): Promise<void> {
    for (const packs of this.packs.values()) await packs.close();
  }

  /** @throws EarsightError EARSIGHT_RUN_UNKNOWN, EARSIGHT_WORKER_DIFFERS, EARSIGHT_OUTPUT_UNWRITABLE. */
  private async runOf(run: RunReference): Promise<OpenRun> {
    const name = `${run.settings} ${run.out}`;
    const known = this.runs.get(name);
    if (known !== undefined) return await known;
    const opening = this.open(run);
    this.runs.set(name, opening);
    opening.catch((error: unknown) => {
      // Most failures may pass before the next attempt. Different packs or versions hardly change, so they stay
      // rejected.
      const forget = (): boolean => this.runs.get(name) === opening && this.runs.delete(name);
      if (toEarsightError(error).code !== 'EARSIGHT_WORKER_DIFFERS') forget();
      else setTimeout(forget, DIFFERS_RETRY_MS).unref();
    });
    const [oldest] = this.runs.keys();
    if (this.runs.size > MAX_OPEN_RUNS && oldest !== undefined) this.runs.delete(oldest);
    return await opening;
  }

  private async open(run: RunReference): Promise<OpenRun> {
    const document = await readRunDocument(await openDocuments(run.out), run);
    const chosen = await this.choose(document);
    const graph = graphOf(document, chosen);
    if (hashOfGraph(graph) !== document.graph)
      throw new EarsightError('EARSIGHT_WORKER_DIFFERS', { reason: 'its stages or its packs are others' });
    const sharding = shardingOf(document, graph);
    const packs = this.packsOf(document.packs, chosen);
    const { store, results } = isBucketUrl(run.out)
      ? { store: await openBucketStore(run.out), results: null }
      : await openFolder(run.out, graph);
    const services = { packs: async () => await packs.packs(), cacheFolder: store.cacheFolder };
    return { work: new VideoWork({ store, graph, services, results, sharding }), packs };
  }

  private async choose({ packs }: RunDocument): Promise<ChosenPacks> {
    // The submitter used no packs, so this machine must not use its own either.
    if (packs.length === 0) return { resolved: null, references: [], warnings: [], advice: null };
    const signal = new AbortController().signal;
    const choice = { named: packs, offline: this.options.offline, signal, onEvent: () => undefined };
    return await choosePacks(choice).catch((error: unknown) => {
      // The submitter found these packs, so another worker may find them as well.
      const { message } = toEarsightError(error);
      throw new EarsightError('EARSIGHT_WORKER_DIFFERS', { reason: message }, { cause: error });
    });
  }

  private packsOf(references: readonly string[], { resolved }: ChosenPacks): LazyPacks {
    const name = JSON.stringify([references, resolved?.identities.map(({ sha256 }) => sha256)]);
    const known = this.packs.get(name);
    if (known !== undefined) return known;
    const packs = new LazyPacks(resolved, this.options.device, this.options.onDevice);
    this.packs.set(name, packs);
    return packs;
  }
}

async function openFolder(out: string, graph: StageGraph): Promise<{ store: Store; results: ResultFolder }> {
  const store = await ArtefactStore.open(out);
  await store.sweep();
  return { store, results: new ResultFolder(out, store, graph) };
}
