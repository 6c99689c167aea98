import { EarsightError } from '../errors.js';
import type { Ending } from '../../pipeline/processes/death-watch.js';

export interface ProcessEnd {
  readonly ending: Ending;
  /** A crash, an exit that nobody asked for, or the kernel's killing it for its memory. */
  readonly ownFault: boolean;
  /** The last lines it said. */
  readonly stderr: readonly string[];
  /** Videos that it was working on besides. */
  readonly others: number;
}

/** A process that worked on a video for this one ended. */
export class ProcessEnded extends EarsightError {
  constructor(readonly end: ProcessEnd) {
    super('EARSIGHT_WORKER_ENDED', { times: 1 });
  }
}

/** Of an error or of what caused it. */
export function processEndOf(thrown: unknown): ProcessEnd | null {
  if (thrown instanceof ProcessEnded) return thrown.end;
  return thrown instanceof Error && thrown.cause !== undefined ? processEndOf(thrown.cause) : null;
}
