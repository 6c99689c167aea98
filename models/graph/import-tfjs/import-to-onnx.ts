import { EarsightError } from '../../../core/errors.js';
import { concat } from '../operators/index.js';
import { serialise } from '../onnx/serialise.js';
import { readGraphModel } from './graph-model.js';
import { importGraphModel, type ImportOptions } from './import-graph-model.js';

/** A TensorFlow.js graph model as an ONNX file; see `importGraphModel`. */
export function importToOnnx(
  json: Uint8Array,
  shards: ReadonlyMap<string, Uint8Array>,
  options: ImportOptions & {
    /** All outputs, pictures of equal sides, as the channels of one output of this name. */
    readonly joinedAs?: string;
  },
): Uint8Array {
  const { joinedAs, ...rest } = options;
  const { graph, channelsFirst } = importGraphModel(readGraphModel(json), shards, rest);
  if (joinedAs === undefined) return serialise(graph);
  if (graph.outputs.some(({ name }) => !channelsFirst.has(name)))
    throw new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason: `not all that makes up ${joinedAs} are pictures` });
  const parts = graph.outputs.map(({ tensor }) => tensor);
  graph.output(joinedAs, concat(parts, 1));
  return serialise(graph, { outputs: [joinedAs] });
}
