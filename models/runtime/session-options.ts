import type { InferenceSession } from 'onnxruntime-node';
import type { Device } from './devices.js';

export interface SessionSetup {
  readonly device: Device;
  readonly intraOpThreads: number;
  /** Refuse a model of which any node would fall back to the cpu. */
  readonly wholeOnDevice: boolean;
}

export function sessionOptions(setup: SessionSetup): InferenceSession.SessionOptions {
  return {
    executionProviders: [setup.device],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: setup.intraOpThreads,
    logSeverityLevel: 4,
    extra: {
      session: {
        // Waiting threads of the runtime spin by default, which takes the cores that ffmpeg decodes on.
        intra_op: { allow_spinning: '0' },
        ...(setup.wholeOnDevice ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  };
}
