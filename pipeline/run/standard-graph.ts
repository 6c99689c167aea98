import { checkOrder, type StageGraph } from './stage-graph.js';

/** The stages of docs/architecture.md. */
export function standardGraph(): StageGraph {
  return checkOrder([]);
}
