import type { InferenceSession } from 'onnxruntime-node';
import type { Device } from './devices.js';

export interface SessionSetup {
  readonly device: Device;
  readonly intraOpThreads: number;
  /** Refuse a model if any of its nodes would fall back to the cpu. */
  readonly wholeOnDevice: boolean;
  /**
   * Whether every run has the same shapes, so that a GPU keeps buffers of exactly those sizes. By default it keeps a few of
   * each power of two and none above 160 MiB, and allocates and clears the others at every run, which can take longer than
   * the run itself.
   */
  readonly fixedShapes?: boolean;
}

export function sessionOptions(setup: SessionSetup): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider(setup)],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: setup.intraOpThreads,
    logSeverityLevel: 4,
    extra: {
      session: {
        // By default, waiting threads of ONNX Runtime spin, which takes processor time from the decoders.
        intra_op: { allow_spinning: '0' },
        ...(setup.wholeOnDevice ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  };
}

function provider({ device, fixedShapes }: SessionSetup): InferenceSession.ExecutionProviderConfig {
  return device === 'webgpu' && fixedShapes ? { name: device, storageBufferCacheMode: 'simple' } : device;
}
