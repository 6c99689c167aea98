import type { StageServices } from '../../stages/services.js';
import type { Source, Stage } from '../../core/stage.js';
import { hashOf } from '../../core/store/canonical-json.js';
import type { Recipe } from '../../core/store/store.js';

/** A stage with everything that decides its artefact besides the video. */
export interface StageNode {
  readonly stage: Stage<unknown, StageServices>;
  /** Checked by the stage's own schema. */
  readonly params: object;
  /** Names of parameters that decide whether the artefact can be made (limits, times), never what is in it. */
  readonly unkeyed: readonly string[];
  /** SHA-256 of the models the stage may ask for, in the order of the packs: of some roles the first one decides. */
  readonly models: readonly string[];
  /** The artefact names the input's path, so two copies of one video cannot share it. */
  readonly namesSource: boolean;
  /** Files and folders of the artefact that the user gets. */
  readonly publishes: readonly string[];
  /** The node whose artefact this one makes in another way, to the same bytes: it goes under that one's key. */
  readonly standsFor: StageNode | null;
}

/** A node with its parameters checked and completed by the stage's schema. */
export function stageNode<Params extends object>(
  stage: Stage<Params, StageServices>,
  params: unknown,
  rest: Partial<Omit<StageNode, 'stage' | 'params'>> = {},
): StageNode {
  const defaults = { unkeyed: [], models: [], namesSource: false, publishes: [], standsFor: null };
  return { ...defaults, ...rest, stage, params: stage.params.parse(params) };
}

/** In an order in which every stage comes after its inputs. */
export type StageGraph = readonly StageNode[];

/** @throws RangeError when an input is missing or comes later: a mistake of ours, found when the program starts. */
export function checkOrder(graph: StageGraph): StageGraph {
  const seen = new Set<string>();
  for (const { stage } of graph) {
    const missing = stage.inputs.find((input) => !seen.has(input));
    if (missing !== undefined) throw new RangeError(`${stage.name} needs ${missing}, which does not come before it`);
    seen.add(stage.name);
  }
  return graph;
}

/** Changes when, and only when, some artefact of an unchanged video may change. */
export function hashOfGraph(graph: StageGraph): string {
  return hashOf(graph.map((node) => ingredients(node)));
}

/** What each stage will make of this video; known before anything runs. */
export function recipesFor(graph: StageGraph, source: Source): ReadonlyMap<string, Recipe> {
  const recipes = new Map<string, Recipe>();
  for (const node of graph) {
    const { stage } = node;
    const maker = node.standsFor ?? node;
    const key = hashOf({
      ...ingredients(maker),
      source: source.sha256,
      path: node.namesSource ? source.path : undefined,
      inputs: maker.stage.inputs.map((input) => recipes.get(input)?.key),
    });
    recipes.set(stage.name, { key, stage: stage.name, scratch: stage.scratch });
  }
  return recipes;
}

/**
 * The stages that must run, given which artefacts exist: the published ones that are missing and, back from these,
 * whatever they need that is missing too. A scratch artefact that was dropped stays dropped unless somebody needs it.
 */
export function missingStages(graph: StageGraph, exists: (stage: string) => boolean): StageNode[] {
  const needed = new Set<string>();
  for (const node of [...graph].reverse()) {
    const wanted = node.publishes.length > 0 || needed.has(node.stage.name);
    if (!wanted || exists(node.stage.name)) {
      needed.delete(node.stage.name);
      continue;
    }
    needed.add(node.stage.name);
    for (const input of node.stage.inputs) needed.add(input);
  }
  return graph.filter((node) => needed.has(node.stage.name));
}

function ingredients({ stage, params, unkeyed, models }: StageNode): Record<string, unknown> {
  const keyed = Object.entries(params).filter(([name]) => !unkeyed.includes(name));
  return { stage: stage.name, version: stage.version, params: Object.fromEntries(keyed), models };
}
