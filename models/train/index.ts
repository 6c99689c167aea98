/** `earsight/train`: the trainer. It differentiates graphs written with `earsight/graph` and runs wherever onnxruntime does. */
export { train } from './train.js';
export { trainParallel } from './train-parallel.js';
export type { ParallelOptions } from './train-parallel.js';
export type { EarlyStopping, Progress, TrainOptions } from './options.js';
export type { Trained } from './trained.js';
export type { ModelCard } from './model-card.js';
export type { BuiltNetwork, TrainableNetwork } from './network.js';
export { arrayData } from './data.js';
export type { ArrayDataOptions, Batch, Feed, TrainingData } from './data.js';
export * from './losses.js';
export { Random } from './random.js';
export { sequenceNetwork } from './tasks/task.js';
export { intervals } from './tasks/intervals.js';
export { longRangeRecall } from './tasks/long-range-recall.js';
export type { NetworkSize, SequenceTask } from './tasks/task.js';
