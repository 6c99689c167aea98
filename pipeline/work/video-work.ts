import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import type { CutInfo } from '../../stages/extract/shards/cut-info.js';
import type { StageServices } from '../../stages/services.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { selectInputs, type Artefact, type Source } from '../../core/stage.js';
import { boundWarnings, isAboutContent, warningOf, type Warning } from '../../core/warnings.js';
import { inputRecipe, type Lease, type Recipe, type Store } from '../../core/store/store.js';
import type { ResultFolder } from './result-folder.js';
import type { Sharding } from './sharding.js';
import { missingStages, recipesFor, type StageGraph, type StageNode } from './stage-graph.js';

export interface VideoWorkOptions {
  readonly store: Store;
  readonly graph: StageGraph;
  readonly services: StageServices;
  /** Null: the results stay in the store, and the submitter fetches them from there. */
  readonly results: ResultFolder | null;
  /** Null: no video is processed in parts, however long it is. */
  readonly sharding: Sharding | null;
}

/** A video, identified by its content, with the stages that it goes through and their recipes. */
interface Video {
  readonly source: Source;
  readonly graph: StageGraph;
  readonly recipes: ReadonlyMap<string, Recipe>;
  /** Why a long video is not decoded in parts; null when it is, or when it is short. */
  readonly whole: string | null;
}

/** Size of the cache of cuts. A cut depends only on the content of the file, and every step of a video needs it. */
const MAX_CACHED_CUTS = 1_000;

/** Of a fleet, another worker may finish what this one has planned, so the oldest plans are forgotten. */
const MAX_PLANNED = 1_000;

/** Runs the stages of each video as steps of an engine, and publishes the results. */
export class VideoWork implements Work {
  private readonly cuts = new Map<string, CutInfo>();
  /** The content that each unfinished job was last planned for in this process. */
  private readonly planned = new Map<string, Source>();

  constructor(private readonly options: VideoWorkOptions) {}

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    const { sharding } = this.options;
    let video = await this.identify(job, signal);
    await this.rememberPlan(job, video.source, signal);
    const existing = new Map<string, boolean>();
    let missing = await this.missingOf(job, video, existing, signal);
    if (sharding !== null && missing.some(({ stage }) => sharding.splits(stage.name))) {
      const recipes = recipesFor([sharding.cut], video.source);
      await this.make(job, sharding.cut, { ...video, recipes }, { signal, ...SILENT });
      video = await this.identify(job, signal);
      missing = await this.missingOf(job, video, existing, signal);
    }
    const names = new Set(missing.map((node) => node.stage.name));
    return missing.map(({ stage }) => ({
      name: stage.name,
      resource: stage.resource,
      after: stage.inputs.filter((input) => names.has(input)),
      content: video.source.sha256,
    }));
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const video = await this.identify(job, control.signal);
    if (step.content !== undefined && step.content !== video.source.sha256)
      throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: job.input });
    const node = video.graph.find(({ stage }) => stage.name === step.name);
    if (node === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no stage ${step.name}` });
    if (step.name === 'extract' && video.whole !== null)
      control.warn(warningOf('EARSIGHT_WARN_WHOLE', { reason: video.whole }));
    await this.make(job, node, video, control);
  }

  private async make(job: Job, node: StageNode, { source, recipes }: Video, control: StepControl): Promise<void> {
    const { store, services } = this.options;
    const own: Warning[] = [];
    let inherited: readonly Warning[] = [];
    const fill = async (folder: string): Promise<readonly Warning[]> => {
      control.signal.throwIfAborted();
      const lease = store.borrow(control.signal);
      let file = job.input;
      const reading = { begun: false };
      const sourceFile = async (): Promise<string> => {
        reading.begun = true;
        return job.content === undefined ? file : (file = await lease.input(source));
      };
      try {
        const inputs = await borrowAll(lease, node.stage.inputs, recipes);
        inherited = [...inputs.values()].flatMap(({ warnings }) => warnings);
        await node.stage.run({
          source,
          sourceFile,
          params: node.params,
          inputs: selectInputs(node.stage, inputs),
          folder,
          services,
          signal: control.signal,
          progress: (fraction) => control.progress(fraction),
          // The artefact is also used for other files with the same content, so its warnings name none.
          warn: (warning) => own.push({ ...warning, details: renameIn(warning.details, file, 'the file') }),
        });
      } catch (error) {
        // A file that is replaced while a decoder reads it looks damaged.
        if (reading.begun && !isCancelled(error)) await this.throwIfChanged(job, source, control.signal);
        throw file === job.input ? error : renameFile(job.input, file, error);
      } finally {
        await lease.release();
      }
      control.signal.throwIfAborted();
      if (reading.begun) await this.throwIfChanged(job, source, control.signal);
      return boundWarnings([...inherited, ...own].filter(isAboutContent));
    };
    await store.make(recipeOf(node.stage.name, recipes), fill, control.signal);
    for (const warning of boundWarnings(own)) control.warn(warning);
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    const planned = this.planned.get(job.id);
    this.planned.delete(job.id);
    // By the planned content if it is known: the file may have changed since, and the artefacts are those of the former.
    const found = planned === undefined ? this.identify(job, signal) : this.videoOf(planned, signal);
    const video = await found.catch((thrown: unknown) => {
      // The job may have failed because the file cannot be read; then there is nothing to clean up.
      if (error === undefined) throw thrown;
      return null;
    });
    if (video === null) return;
    let cancelled = isCancelled(error) || signal.aborted;
    try {
      if (error === undefined && !cancelled) await this.publishVideo(job, video, signal);
    } catch (thrown) {
      cancelled = isCancelled(thrown);
      throw thrown;
    } finally {
      await this.release(job, video, cancelled);
    }
    if (error === undefined && !cancelled && job.content !== undefined) await this.dropInput(job.id, video.source);
  }

  /** Publishes the results of a video that other workers have finished, from the store. */
  async publish(job: Job, signal: AbortSignal): Promise<void> {
    await this.publishVideo(job, await this.identify(job, signal), signal);
  }

  /**
   * Removes the artefacts of a video, so that they are made again. The published files stay until they are replaced.
   */
  async forget(job: Job, signal: AbortSignal): Promise<void> {
    const { recipes } = await this.identify(job, signal);
    await this.options.results?.forget(job.output);
    for (const recipe of recipes.values()) await this.options.store.forget(recipe);
  }

  /**
   * Removes all artefacts of a file, and the record of its identity. The file itself may no longer exist.
   * @param inUse paths of files that are being processed: artefacts that one of the same content needs are kept.
   */
  async purge(input: string, output: string, inUse: readonly string[], signal: AbortSignal): Promise<void> {
    const { store, results } = this.options;
    await results?.forget(output);
    const source = await store.recall(input);
    // A file that was never identified has no artefacts.
    if (source === null) return;
    const needed = new Set<string>();
    for (const path of inUse) {
      const other = await store.recall(path);
      if (other?.sha256 !== source.sha256) continue;
      for (const { key } of (await this.videoOf(other, signal)).recipes.values()) needed.add(key);
    }
    for (const recipe of (await this.videoOf(source, signal)).recipes.values())
      if (!needed.has(recipe.key)) await store.forget(recipe);
    await store.forgetSource(input);
  }

  async sourceOf(job: Job, signal: AbortSignal): Promise<Source> {
    if (job.content !== undefined) return { path: job.input, ...job.content };
    return await this.options.store.identify(job.input, signal);
  }

  /**
   * Compares a file with the content that a stage was to read.
   * @throws EarsightError EARSIGHT_INPUT_CHANGED, and the errors of identifying it.
   */
  private async throwIfChanged(job: Job, { sha256 }: Source, signal: AbortSignal): Promise<void> {
    if ((await this.sourceOf(job, signal)).sha256 !== sha256)
      throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: job.input });
  }

  /** Remembers the content that a job is planned for, and releases what the plan for an earlier content holds. */
  private async rememberPlan(job: Job, source: Source, signal: AbortSignal): Promise<void> {
    const before = this.planned.get(job.id);
    const [oldest] = this.planned.keys();
    if (before === undefined && this.planned.size >= MAX_PLANNED && oldest !== undefined) this.planned.delete(oldest);
    this.planned.set(job.id, source);
    if (before !== undefined && before.sha256 !== source.sha256)
      await this.release(job, await this.videoOf(before, signal), false);
  }

  private async identify(job: Job, signal: AbortSignal): Promise<Video> {
    return await this.videoOf(await this.sourceOf(job, signal), signal);
  }

  private async videoOf(source: Source, signal: AbortSignal): Promise<Video> {
    const { sharding } = this.options;
    const cut = sharding && (await this.cutOf(sharding, source, signal));
    const graph = sharding && cut ? sharding.graphFor(cut) : this.options.graph;
    return { source, graph, recipes: recipesFor(graph, source), whole: cut?.whole ?? null };
  }

  private async cutOf(sharding: Sharding, source: Source, signal: AbortSignal): Promise<CutInfo | null> {
    const { store } = this.options;
    const recipe = recipeOf('cut', recipesFor([sharding.cut], source));
    const cached = this.cuts.get(recipe.key);
    if (cached !== undefined) return cached;
    if (!(await store.has(recipe, signal))) return null;
    const lease = store.borrow(signal);
    try {
      const cut = await sharding.read(await lease.artefact(recipe));
      const [oldest] = this.cuts.keys();
      if (this.cuts.size >= MAX_CACHED_CUTS && oldest !== undefined) this.cuts.delete(oldest);
      this.cuts.set(recipe.key, cut);
      return cut;
    } finally {
      await lease.release();
    }
  }

  /**
   * Returns the stages that must run. Holds the scratch artefacts before it checks which exist, so that none is dropped
   * in between.
   * @param existing whether the artefact of each key exists, as far as this plan has checked; this call adds to it.
   */
  private async missingOf(
    job: Job,
    { graph, recipes }: Video,
    existing: Map<string, boolean>,
    signal: AbortSignal,
  ): Promise<StageNode[]> {
    const { store } = this.options;
    const unchecked = [...recipes.values()].filter(({ key }) => !existing.has(key));
    const scratch = unchecked.filter((recipe) => recipe.scratch);
    await Promise.all(scratch.map(async ({ key }) => await store.hold(key, job.id, signal)));
    await Promise.all(unchecked.map(async (recipe) => existing.set(recipe.key, await store.has(recipe, signal))));
    const present = new Set([...recipes.values()].filter(({ key }) => existing.get(key)).map(({ stage }) => stage));
    return missingStages(graph, (stage) => present.has(stage));
  }

  /** A cancelled video continues later from its scratch artefacts; any other video does not need them again. */
  private async release(job: Job, { recipes }: Video, keepScratch: boolean): Promise<void> {
    const { store } = this.options;
    for (const recipe of recipes.values()) {
      if (!recipe.scratch) continue;
      await store.releaseHold(recipe.key, job.id);
      if (!keepScratch) await store.drop(recipe);
    }
  }

  /**
   * Called only for finished videos: a failed one keeps its uploaded input, so that it can be retried without its
   * submitter.
   */
  private async dropInput(holder: string, source: Source): Promise<void> {
    const { store } = this.options;
    await store.releaseHold(source.sha256, holder);
    await store.drop(inputRecipe(source));
  }

  private async publishVideo(job: Job, { source, recipes }: Video, signal: AbortSignal): Promise<void> {
    const { store, graph, results } = this.options;
    const stages = graph.filter((node) => node.publishes.length > 0).map((node) => node.stage.name);
    const lease = store.borrow(signal);
    try {
      const identify = async (): Promise<Source> => await store.identify(job.input, signal);
      const artefacts = async () => await borrowAll(lease, stages, recipes);
      await results?.publishOnce(job, { source, identify, artefacts }, signal);
    } finally {
      await lease.release();
    }
  }
}

async function borrowAll(
  lease: Lease,
  stages: readonly string[],
  recipes: ReadonlyMap<string, Recipe>,
): Promise<Map<string, Artefact>> {
  const artefacts = new Map<string, Artefact>();
  for (const stage of stages) artefacts.set(stage, await lease.artefact(recipeOf(stage, recipes)));
  return artefacts;
}

/** Copies an error, with the submitter's path of the file in place of the local one. */
function renameFile(path: string, localPath: string, thrown: unknown): EarsightError {
  const { code, details } = toEarsightError(thrown, localPath);
  return new EarsightError(code, renameIn(details, localPath, path), { cause: thrown });
}

function renameIn(
  details: Readonly<Record<string, string | number>>,
  from: string,
  to: string,
): Record<string, string | number> {
  const named = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll(from, () => to) : value,
  ]);
  return Object.fromEntries(named) as Record<string, string | number>;
}

/** For the cut stage, which is too fast to report progress. */
const SILENT = { progress: () => undefined, warn: () => undefined };

function isCancelled(error: unknown): boolean {
  return error !== undefined && toEarsightError(error).code === 'EARSIGHT_CANCELLED';
}

function recipeOf(stage: string, recipes: ReadonlyMap<string, Recipe>): Recipe {
  const recipe = recipes.get(stage);
  if (recipe === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no recipe for ${stage}` });
  return recipe;
}
