/** Imports TensorFlow.js graph models as ONNX. */
export { readGraphModel } from './graph-model.js';
export type { GraphModel } from './graph-model.js';
export { importGraphModel, importToOnnx } from './import-graph-model.js';
export { IMPORTER_VERSION } from './importer-version.js';
export type { ImportOptions } from './import-graph-model.js';
