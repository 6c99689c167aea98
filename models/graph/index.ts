/** Builds ONNX models in TypeScript: a graph, operator functions over its tensors, and reading and writing the file. */
export { Graph } from './graph.js';
export type { GraphOptions } from './graph.js';
export type { Dim, Shape } from './dim.js';
export type { Dtype, TensorData, Values } from './dtype.js';
export type { Tensor } from './ir.js';
export type { Operand } from './operator.js';
export { fromFloat16, toFloat16 } from './float16.js';
export { readModel } from './onnx/read-model.js';
export type { ReadOptions } from './onnx/read-model.js';
export { serialise, serialiseExternal } from './onnx/serialise.js';
export type { SerialiseOptions } from './onnx/serialise.js';
export * from './operators/index.js';
