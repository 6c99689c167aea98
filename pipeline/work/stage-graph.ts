import type { StageServices } from '../../stages/services.js';
import type { Source, Stage } from '../../core/stage.js';
import { hashOf } from '../../core/store/canonical-json.js';
import type { Recipe } from '../../core/store/store.js';

/** A stage with everything besides the video that decides its artefact. */
export interface StageNode {
  readonly stage: Stage<unknown, StageServices>;
  /** Validated by the stage's own schema. */
  readonly params: object;
  /** Parameters that are left out of the key: limits and timeouts, which never change what the artefact contains. */
  readonly unkeyed: readonly string[];
  /** Keys of the models that the stage may use, in the order of the packs: for some roles the first model decides. */
  readonly models: readonly string[];
  /** The artefact contains the path of the input, so two copies of one video cannot share it. */
  readonly namesSource: boolean;
  /** Files and folders of the artefact that are copied to the user's output folder. */
  readonly publishes: readonly string[];
  /** The node whose artefact this one makes in another way, with the same bytes and therefore under the same key. */
  readonly standsFor: StageNode | null;
}

/** Creates a node, with the parameters validated and completed by the stage's schema. */
export function stageNode<Params extends object>(
  stage: Stage<Params, StageServices>,
  params: unknown,
  rest: Partial<Omit<StageNode, 'stage' | 'params'>> = {},
): StageNode {
  const defaults = { unkeyed: [], models: [], namesSource: false, publishes: [], standsFor: null };
  return { ...defaults, ...rest, stage, params: stage.params.parse(params) };
}

/** The nodes in an order in which every stage comes after its inputs. */
export type StageGraph = readonly StageNode[];

/** @throws RangeError when an input is missing or comes later, which is a bug in the graph. */
export function checkOrder(graph: StageGraph): StageGraph {
  const seen = new Set<string>();
  for (const { stage } of graph) {
    const missing = stage.inputs.find((input) => !seen.has(input));
    if (missing !== undefined) throw new RangeError(`${stage.name} needs ${missing}, which does not come before it`);
    seen.add(stage.name);
  }
  return graph;
}

/** The hash changes if and only if some artefact of an unchanged video may change. */
export function hashOfGraph(graph: StageGraph): string {
  return hashOf(graph.map((node) => keyFields(node)));
}

/** Returns the recipe (with the key) of every stage's artefact for this video. No stage has to run for that. */
export function recipesFor(graph: StageGraph, source: Source): ReadonlyMap<string, Recipe> {
  const recipes = new Map<string, Recipe>();
  for (const node of graph) {
    const { stage } = node;
    const keyNode = node.standsFor ?? node;
    const key = hashOf({
      ...keyFields(keyNode),
      source: source.sha256,
      path: node.namesSource ? source.path : undefined,
      inputs: keyNode.stage.inputs.map((input) => recipes.get(input)?.key),
    });
    recipes.set(stage.name, { key, stage: stage.name, scratch: stage.scratch });
  }
  return recipes;
}

/**
 * Returns the stages that must run, given which artefacts exist: those whose published artefact is missing, and the
 * stages with missing artefacts that these depend on. A scratch artefact that was dropped is made again only if it is
 * needed.
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

function keyFields({ stage, params, unkeyed, models }: StageNode): Record<string, unknown> {
  const keyed = Object.entries(params).filter(([name]) => !unkeyed.includes(name));
  return { stage: stage.name, version: stage.version, params: Object.fromEntries(keyed), models };
}
