import type { ArtefactStore } from '../../core/store/artefact-store.js';
import type { Store } from '../../core/store/store.js';
import { ResultFolder } from '../work/result-folder.js';
import type { RunDocument } from '../work/run-document.js';
import { shardingOf } from '../work/sharding.js';
import type { StageGraph } from '../work/stage-graph.js';
import { VideoWork } from '../work/video-work.js';

/**
 * What a process that infers nothing does of a run: tell what is finished, and publish what others made.
 * @param folder the store in the output folder; `store` is where the work lies, maybe the same.
 */
export function submitterWork(
  out: string,
  folder: ArtefactStore,
  store: Store,
  graph: StageGraph,
  document: RunDocument,
): VideoWork {
  const services = { packs: () => Promise.resolve(null), cacheFolder: store.cacheFolder };
  const results = new ResultFolder(out, folder, graph);
  return new VideoWork({ store, graph, services, results, sharding: shardingOf(document, graph) });
}
