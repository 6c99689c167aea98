import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import type { CutInfo } from '../../stages/extract/shards/cut-info.js';
import type { StageServices } from '../../stages/services.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { selectInputs, type Artefact, type Source } from '../../core/stage.js';
import { inputRecipe, type Lease, type Recipe, type Store } from '../../core/store/store.js';
import type { ResultFolder } from './result-folder.js';
import type { Sharding } from './sharding.js';
import { missingStages, recipesFor, type StageGraph, type StageNode } from './stage-graph.js';

export interface VideoWorkOptions {
  readonly store: Store;
  readonly graph: StageGraph;
  readonly services: StageServices;
  /** Null: the results stay in the store, from where whoever asked for them takes them. */
  readonly results: ResultFolder | null;
  /** Null: every stage is made in one go, however long the video. */
  readonly sharding: Sharding | null;
}

/** A video as its content says, the stages it goes through, and what each will make of it. */
interface Video {
  readonly source: Source;
  readonly graph: StageGraph;
  readonly recipes: ReadonlyMap<string, Recipe>;
  /** Why a long picture is decoded in one go. */
  readonly whole: string | null;
}

/** A cut follows from the file alone, so one that was read once is remembered: every step of a video asks for it. */
const REMEMBERED_CUTS = 1_000;

/** The stages of each video as steps of an engine, and the publishing of their results. */
export class VideoWork implements Work {
  private readonly cuts = new Map<string, CutInfo>();

  constructor(private readonly options: VideoWorkOptions) {}

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    const { sharding } = this.options;
    let video = await this.identify(job, signal);
    const seen = new Map<string, boolean>();
    let missing = await this.missingOf(job, video, seen, signal);
    if (sharding !== null && missing.some(({ stage }) => sharding.concerns(stage.name))) {
      const recipes = recipesFor([sharding.cut], video.source);
      await this.make(job, sharding.cut, { ...video, recipes }, { signal, ...SILENT });
      video = await this.identify(job, signal);
      missing = await this.missingOf(job, video, seen, signal);
    }
    const names = new Set(missing.map((node) => node.stage.name));
    return missing.map(({ stage }) => ({
      name: stage.name,
      resource: stage.resource,
      after: stage.inputs.filter((input) => names.has(input)),
    }));
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const video = await this.identify(job, control.signal);
    const node = video.graph.find(({ stage }) => stage.name === step.name);
    if (node === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no stage ${step.name}` });
    if (step.name === 'extract' && video.whole !== null) control.warn(`not cut into shards: ${video.whole}`);
    await this.make(job, node, video, control);
  }

  private async make(job: Job, node: StageNode, { source, recipes }: Video, control: StepControl): Promise<void> {
    const { store, services } = this.options;
    const warnings: string[] = [];
    const fill = async (folder: string): Promise<readonly string[]> => {
      control.signal.throwIfAborted();
      const lease = store.borrow(control.signal);
      let file = job.input;
      try {
        await node.stage.run({
          source,
          sourceFile: async () => (job.content === undefined ? file : (file = await lease.input(source))),
          params: node.params,
          inputs: selectInputs(node.stage, await borrowAll(lease, node.stage.inputs, recipes)),
          folder,
          services,
          signal: control.signal,
          progress: (fraction) => control.progress(fraction),
          warn: (message) => warnings.push(message),
        });
      } catch (error) {
        throw file === job.input ? error : namedAs(job.input, file, error);
      } finally {
        await lease.release();
      }
      control.signal.throwIfAborted();
      return warnings;
    };
    await store.make(recipeOf(node.stage.name, recipes), fill, control.signal);
    for (const warning of warnings) control.warn(warning);
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    const video = await this.identify(job, signal).catch((thrown: unknown) => {
      // A file that could not be read in the first place left nothing behind.
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

  /** Takes the results of a video that others have finished out of the store. */
  async publish(job: Job, signal: AbortSignal): Promise<void> {
    await this.publishVideo(job, await this.identify(job, signal), signal);
  }

  /** Removes what was made of a video, so that it is made anew. What is published stays until it is replaced. */
  async forget(job: Job, signal: AbortSignal): Promise<void> {
    const { recipes } = await this.identify(job, signal);
    await this.options.results?.forget(job.output);
    for (const recipe of recipes.values()) await this.options.store.forget(recipe);
  }

  /**
   * Removes all that was made of a file, which may be gone, and what is known of it.
   * @param inUse files that are worked on: what one of the same content needs stays.
   */
  async purge(input: string, output: string, inUse: readonly string[], signal: AbortSignal): Promise<void> {
    const { store, results } = this.options;
    await results?.forget(output);
    const source = await store.recall(input);
    // Of a file that was never read nothing was made.
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
    const known = this.cuts.get(recipe.key);
    if (known !== undefined) return known;
    if (!(await store.has(recipe, signal))) return null;
    const lease = store.borrow(signal);
    try {
      const cut = await sharding.read(await lease.artefact(recipe));
      const [oldest] = this.cuts.keys();
      if (this.cuts.size >= REMEMBERED_CUTS && oldest !== undefined) this.cuts.delete(oldest);
      this.cuts.set(recipe.key, cut);
      return cut;
    } finally {
      await lease.release();
    }
  }

  /**
   * Holds what it may need before it looks what is there.
   * @param seen what this plan has found by key so far; it grows.
   */
  private async missingOf(
    job: Job,
    { graph, recipes }: Video,
    seen: Map<string, boolean>,
    signal: AbortSignal,
  ): Promise<StageNode[]> {
    const { store } = this.options;
    const unseen = [...recipes.values()].filter(({ key }) => !seen.has(key));
    const scratch = unseen.filter((recipe) => recipe.scratch);
    await Promise.all(scratch.map(async ({ key }) => await store.hold(key, job.id, signal)));
    await Promise.all(unseen.map(async (recipe) => seen.set(recipe.key, await store.has(recipe, signal))));
    const present = new Set([...recipes.values()].filter(({ key }) => seen.get(key)).map(({ stage }) => stage));
    return missingStages(graph, (stage) => present.has(stage));
  }

  /** A cancelled video goes on where it stopped; any other will not need its raw frames again. */
  private async release(job: Job, { recipes }: Video, keepScratch: boolean): Promise<void> {
    const { store } = this.options;
    for (const recipe of recipes.values()) {
      if (!recipe.scratch) continue;
      await store.releaseHold(recipe.key, job.id);
      if (!keepScratch) await store.drop(recipe);
    }
  }

  /** A video that failed keeps the bytes it was given: it may be tried again without its submitter. */
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

/** An error under the name the submitter knows the file by, instead of the one it has here. */
function namedAs(path: string, file: string, thrown: unknown): EarsightError {
  const { code, details } = toEarsightError(thrown, file);
  const named = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll(file, () => path) : value,
  ]);
  return new EarsightError(code, Object.fromEntries(named) as typeof details, { cause: thrown });
}

/** A cut takes no time worth a word. */
const SILENT = { progress: () => undefined, warn: () => undefined };

function isCancelled(error: unknown): boolean {
  return error !== undefined && toEarsightError(error).code === 'EARSIGHT_CANCELLED';
}

function recipeOf(stage: string, recipes: ReadonlyMap<string, Recipe>): Recipe {
  const recipe = recipes.get(stage);
  if (recipe === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no recipe for ${stage}` });
  return recipe;
}
