import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import type { StageServices } from '../../stages/services.js';
import { EarsightError, toEarsightError } from '../errors.js';
import { eventsFileSchema } from '../schemas/events.js';
import type { Artefact, Source } from '../stage.js';
import type { ArtefactStore, Recipe } from '../store/artefact-store.js';
import { stampFile } from '../store/source-identity.js';
import { countBy } from './run-files.js';
import { publish } from './publish.js';
import { hashOfGraph, missingStages, recipesFor, type StageGraph, type StageNode } from './stage-graph.js';
import { removeVideoRecord, writeVideoRecord, type VideoRecord } from './video-record.js';

export interface VideoWorkOptions {
  readonly store: ArtefactStore;
  readonly graph: StageGraph;
  readonly services: StageServices;
  readonly outputFolder: string;
  readonly force: boolean;
  onPublished(job: Job, record: VideoRecord): void;
  onWarning(job: Job, message: string): void;
}

/** What is known of a video while it is under way. */
interface Underway {
  readonly source: Source;
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly release: () => Promise<void>;
}

/** The stages of each video as steps of an engine, and the publishing of their results. */
export class VideoWork implements Work {
  private readonly underway = new Map<string, Underway>();
  private readonly graphHash: string;

  constructor(private readonly options: VideoWorkOptions) {
    this.graphHash = hashOfGraph(options.graph);
  }

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    const { store, graph, force } = this.options;
    const source = await store.identify(job.input, signal);
    const recipes = recipesFor(graph, source);
    const holds: (() => Promise<void>)[] = [];
    const release = async () => {
      for (const letGo of holds.splice(0)) await letGo();
    };
    this.underway.set(job.id, { source, recipes, release });
    for (const recipe of recipes.values()) if (recipe.scratch) holds.push(await store.hold(recipe.key));
    const present = new Set<string>();
    if (!force)
      for (const recipe of recipes.values()) if ((await store.find(recipe)) !== null) present.add(recipe.stage);
    const missing = missingStages(graph, (stage) => present.has(stage));
    const names = new Set(missing.map((node) => node.stage.name));
    return missing.map(({ stage }) => ({
      name: stage.name,
      resource: stage.resource,
      after: stage.inputs.filter((input) => names.has(input)),
    }));
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const { source, recipes } = this.videoOf(job);
    const node = this.nodeOf(step.name);
    const inputs = await this.artefactsOf(node.stage.inputs, recipes);
    const warnings: string[] = [];
    await this.options.store.make(
      recipeOf(step.name, recipes),
      async (folder) => {
        control.signal.throwIfAborted();
        await node.stage.run({
          source,
          params: node.params,
          inputs: Object.fromEntries(inputs),
          folder,
          services: this.options.services,
          signal: control.signal,
          progress: (fraction) => control.progress(fraction),
          warn: (message) => warnings.push(message),
        });
        control.signal.throwIfAborted();
        return warnings;
      },
      { force: this.options.force, signal: control.signal },
    );
    for (const warning of warnings) this.options.onWarning(job, warning);
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    const video = this.underway.get(job.id);
    if (video === undefined) return;
    this.underway.delete(job.id);
    let cancelled = signal.aborted;
    try {
      if (error === undefined && !cancelled) await this.publishVideo(job, video);
    } catch (thrown) {
      cancelled = toEarsightError(thrown).code === 'EARSIGHT_CANCELLED';
      throw thrown;
    } finally {
      await video.release();
      // A cancelled video goes on where it stopped; any other will not need its raw frames again.
      if (!cancelled)
        for (const recipe of video.recipes.values()) if (recipe.scratch) await this.options.store.drop(recipe);
    }
  }

  private async publishVideo(job: Job, { source, recipes }: Underway): Promise<void> {
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
    this.options.onPublished(job, record);
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

  private videoOf(job: Job): Underway {
    const video = this.underway.get(job.id);
    if (video === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `${job.id} was not planned` });
    return video;
  }

  private nodeOf(stage: string): StageNode {
    const node = this.options.graph.find((candidate) => candidate.stage.name === stage);
    if (node === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no stage ${stage}` });
    return node;
  }
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
