/** TensorFlow.js graph models as ONNX. */
export { readGraphModel } from './graph-model.js';
export type { GraphModel } from './graph-model.js';
export { importGraphModel } from './import-graph-model.js';
export type { ImportOptions } from './import-graph-model.js';
export { importToOnnx } from './import-to-onnx.js';
export { IMPORTER_VERSION } from './importer-version.js';
