import type { Device } from '../../runtime/devices.js';

/** How a causal member is written as a sequence. */
export type SequenceForm =
  | { readonly kind: 'native' }
  /** `chunk`: steps a chunk, a default otherwise. Differentiable. */
  | { readonly kind: 'chunked'; readonly chunk?: number }
  /** Whichever was measured to be the fastest there at this length.  */
  | { readonly kind: 'auto'; readonly device: Device };
