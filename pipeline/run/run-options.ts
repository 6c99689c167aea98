import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { RunEvent } from './run-events.js';

/** What a run may be told. */
export interface RunOptions {
  /** Files, folders (walked recursively) and `.txt` lists of paths. */
  readonly inputs: readonly string[];
  /** The folder the results go to; made if need be. */
  readonly out: string;
  /** Names of pulled packs or folders of others, stacked; without any `clip-clap`, fetched on first use, or else `built-in`. */
  readonly packs?: readonly string[];
  /** Path of a label list; without one 25 everyday sights and sounds, the classes of the LLP data set. */
  readonly labels?: string;
  /** Seconds a segment, to the microsecond; 1 by default. */
  readonly segmentSec?: number;
  /** `keyframes` decodes only those: much faster, coarser. `all` by default. */
  readonly frames?: 'all' | 'keyframes';
  /** PySceneDetect's cut detectors: `adaptive` by default. Key frames are always compared by `content`. */
  readonly detector?: 'adaptive' | 'content';
  /** In the detector's own measure, above 0 and up to 255: 3 by default for `adaptive`, 27 for `content`. */
  readonly threshold?: number;
  /** Shortest shot in seconds, 0 for no minimum; 15 frames by default. */
  readonly minShotSec?: number;
  /** `auto` takes the best that is there. One asked for by name must be there. */
  readonly device?: DeviceRequest;
  /** Never touch the network: a pack that is not here is not fetched. */
  readonly offline?: boolean;
  /** Wall-clock limit for decoding one file; two hours by default. */
  readonly timeoutSec?: number;
  /**
   * Videos that last more seconds are worked on in parts of about that length; the results are the same. Ten minutes on a
   * fleet; never in one process unless told, where one ffmpeg keeps every core busy.
   */
  readonly shardSec?: number;
  /** Address of a Redis server: its workers do the work, and this process only submits and watches. */
  readonly redis?: string;
  /**
   * With `redis`: where the work lies, `s3://bucket/prefix`, for workers that share no folder with this process. It is
   * given the inputs, and the results are fetched to `out`. Server and credentials come from the AWS_… variables.
   */
  readonly store?: string;
  /** Do everything anew, finished or not. */
  readonly force?: boolean;
  /** Stops the run; what is finished is kept, and the next run goes on from there. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}
