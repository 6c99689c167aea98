import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import type { StageServices } from '../../stages/services.js';
import { EarsightError, toEarsightError } from '../errors.js';
import { eventsFileSchema } from '../schemas/events.js';
import type { Artefact, Source } from '../stage.js';
import type { ArtefactStore, Recipe } from '../store/artefact-store.js';
import { hashOf } from '../store/canonical-json.js';
import { stampFile } from '../store/source-identity.js';
import { countBy } from './run-files.js';
import { publish } from './publish.js';
import type { Sharding } from './sharding.js';
import { hashOfGraph, missingStages, recipesFor, type StageGraph, type StageNode } from './stage-graph.js';
import { isUpToDate, readVideoRecord, removeVideoRecord, writeVideoRecord, type VideoRecord } from './video-record.js';

export interface VideoWorkOptions {
  readonly store: ArtefactStore;
  readonly graph: StageGraph;
  readonly services: StageServices;
  readonly outputFolder: string;
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

/** The stages of each video as steps of an engine, and the publishing of their results. */
export class VideoWork implements Work {
  private readonly graphHash: string;

  constructor(private readonly options: VideoWorkOptions) {
    this.graphHash = hashOfGraph(options.graph);
  }

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    const { sharding } = this.options;
    let video = await this.identify(job, signal);
    let missing = await this.missingOf(job, video);
    if (sharding !== null && missing.some(({ stage }) => sharding.concerns(stage.name))) {
      const recipes = recipesFor([sharding.cut], video.source);
      await this.make(sharding.cut, { ...video, recipes }, { signal, ...SILENT });
      video = await this.identify(job, signal);
      missing = await this.missingOf(job, video);
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
    await this.make(node, video, control);
  }

  private async make(node: StageNode, { source, recipes }: Video, control: StepControl): Promise<void> {
    const warnings: string[] = [];
    const fill = async (folder: string): Promise<readonly string[]> => {
      control.signal.throwIfAborted();
      await node.stage.run({
        source,
        params: node.params,
        inputs: Object.fromEntries(await this.artefactsOf(node.stage.inputs, recipes)),
        folder,
        services: this.options.services,
        signal: control.signal,
        progress: (fraction) => control.progress(fraction),
        warn: (message) => warnings.push(message),
      });
      control.signal.throwIfAborted();
      return warnings;
    };
    await this.options.store.make(recipeOf(node.stage.name, recipes), fill, control.signal);
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
      if (error === undefined && !cancelled) await this.publishOnce(job, video, signal);
    } catch (thrown) {
      cancelled = isCancelled(thrown);
      throw thrown;
    } finally {
      await this.release(job, video, cancelled);
    }
  }

  /** Removes what was made of a video, so that it is made anew. What is published stays until it is replaced. */
  async forget(job: Job, signal: AbortSignal): Promise<void> {
    const { recipes } = await this.identify(job, signal);
    await removeVideoRecord(this.options.store, job.output);
    for (const recipe of recipes.values()) await this.options.store.forget(recipe);
  }

  async sourceOf(job: Job, signal: AbortSignal): Promise<Source> {
    return await this.options.store.identify(job.input, signal);
  }

  private async identify(job: Job, signal: AbortSignal): Promise<Video> {
    const { store, sharding } = this.options;
    const source = await store.identify(job.input, signal);
    const found = sharding && (await store.find(recipeOf('cut', recipesFor([sharding.cut], source))));
    const cut = sharding && found && (await sharding.read(found));
    const graph = sharding && cut ? sharding.graphFor(cut) : this.options.graph;
    return { source, graph, recipes: recipesFor(graph, source), whole: cut?.whole ?? null };
  }

  /** Holds what it may need before it looks what is there. */
  private async missingOf(job: Job, { graph, recipes }: Video): Promise<StageNode[]> {
    const { store } = this.options;
    for (const recipe of recipes.values()) if (recipe.scratch) await store.hold(recipe.key, job.id);
    const present = new Set<string>();
    for (const recipe of recipes.values()) if ((await store.find(recipe)) !== null) present.add(recipe.stage);
    return missingStages(graph, (stage) => present.has(stage));
  }

  /** A cancelled video goes on where it stopped; any other will not need its raw frames again. */
  private async release(job: Job, { recipes }: Video, keepScratch: boolean): Promise<void> {
    const { store } = this.options;
    for (const recipe of recipes.values()) {
      if (!recipe.scratch) continue;
      await store.letGo(recipe.key, job.id);
      if (!keepScratch) await store.drop(recipe);
    }
  }

  /** Whoever comes second finds the record of the first: a result that was seen once is not taken away again. */
  private async publishOnce(job: Job, video: Video, signal: AbortSignal): Promise<void> {
    const { store, outputFolder } = this.options;
    const publishing = async (): Promise<void> => {
      const record = await readVideoRecord(store, job.output);
      if (record === null || !(await isUpToDate(record, job.input, this.graphHash, outputFolder)))
        await this.publishVideo(job, video);
    };
    await store.alone(`publish-${hashOf(job.output)}`, publishing, signal);
  }

  private async publishVideo(job: Job, { source, recipes }: Video): Promise<void> {
    const { store, graph, outputFolder } = this.options;
    const stamp = await stampFile(job.input);
    const published = graph.filter((node) => node.publishes.length > 0).map((node) => node.stage.name);
    const artefacts = await this.artefactsOf(published, recipes);
    await removeVideoRecord(store, job.output);
    const files = await publish(store, graph, artefacts, outputFolder, job.output);
    const record: VideoRecord = {
      schema: 1,
      input: job.input,
      output: job.output,
      stamp,
      sha256: source.sha256,
      graph: this.graphHash,
      ...(await readFindings(join(outputFolder, job.output, 'events.json'))),
      files,
    };
    await writeVideoRecord(store, record);
  }

  private async artefactsOf(
    stages: readonly string[],
    recipes: ReadonlyMap<string, Recipe>,
  ): Promise<Map<string, Artefact>> {
    const artefacts = new Map<string, Artefact>();
    for (const stage of stages) {
      const recipe = recipeOf(stage, recipes);
      const artefact = await this.options.store.find(recipe);
      if (artefact === null) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${stage} ${recipe.key}` });
      artefacts.set(stage, artefact);
    }
    return artefacts;
  }
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

/** What the index and the summary say about a video, from its `events.json`. */
async function readFindings(path: string): Promise<Pick<VideoRecord, 'durationSec' | 'device' | 'eventsPerLabel'>> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return { durationSec: null, device: null, eventsPerLabel: {} };
  const file = eventsFileSchema.parse(JSON.parse(text));
  const eventsPerLabel = countBy(file.events.map((event) => event.label));
  return { durationSec: file.source.durationSec, device: file.device, eventsPerLabel };
}
