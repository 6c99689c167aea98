/** Every operator function, and with them every declaration a read model may use. */
export * from './activation.js';
export * from './attention.js';
export * from './binary.js';
export * from './convolution.js';
export * from './einsum.js';
export * from './gather.js';
export * from './join.js';
export * from './layout.js';
export * from './normalisation.js';
export * from './product.js';
export * from './reduction.js';
export * from './scan.js';
export * from './select.js';
export * from './shape.js';
export * from './slice.js';
export * from './split.js';
export * from './unary.js';
