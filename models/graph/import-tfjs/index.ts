/** TensorFlow.js graph models as ONNX. */
export { readGraphModel } from './graph-model.js';
export type { GraphModel } from './graph-model.js';
export { importGraphModel, IMPORTER_VERSION } from './import-graph-model.js';
export type { ImportOptions } from './import-graph-model.js';
