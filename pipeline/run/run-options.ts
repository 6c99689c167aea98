import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { RunEvent } from './run-events.js';

/** The options of a run. */
export interface RunOptions {
  /** Files, folders (walked recursively) and `.txt` lists of paths. */
  readonly inputs: readonly string[];
  /** The folder for the results; created when it does not exist. */
  readonly out: string;
  /**
   * Names of pulled packs, or folders of other packs, which are stacked. By default `clip-clap`, which is fetched on
   * first use, or `built-in` where it cannot be fetched. `none` alone: no networks, only shots, camera movement, loudness and onsets.
   */
  readonly packs?: readonly string[];
  /** Path of a label list. By default 25 everyday sights and sounds, the classes of the LLP data set. */
  readonly labels?: string;
  /** Length of a segment in seconds, to the microsecond; 1 by default. */
  readonly segmentSec?: number;
  /** `keyframes` decodes only key frames, which is much faster and coarser. `all` by default. */
  readonly frames?: 'all' | 'keyframes';
  /** PySceneDetect's cut detectors: `adaptive` by default. Key frames are always compared by `content`. */
  readonly detector?: 'adaptive' | 'content';
  /** In the detector's own measure, above 0 and up to 255: 3 by default for `adaptive`, 27 for `content`. */
  readonly threshold?: number;
  /** Shortest shot in seconds, 0 for no minimum; 15 frames by default. */
  readonly minShotSec?: number;
  /** `auto` (the default) takes the best device of this machine. A device that is named must exist. */
  readonly device?: DeviceRequest;
  /** Never use the network: a pack that is missing on this machine is not fetched. */
  readonly offline?: boolean;
  /** Wall-clock limit for decoding one file; two hours by default. */
  readonly timeoutSec?: number;
  /**
   * Videos longer than this many seconds are processed in parts of about that length; the results are the same. By
   * default 600 on a fleet, and no parts in one process, where one ffmpeg already keeps every core busy.
   */
  readonly shardSec?: number;
  /** Address of a Redis server whose workers process the videos; this process only submits them and waits. */
  readonly redis?: string;
  /**
   * With `redis`: a bucket as `s3://bucket/prefix`, for workers that share no folder with this process. The inputs are
   * uploaded to it, and the results are fetched from it to `out`. Server and credentials come from the AWS_… variables.
   */
  readonly store?: string;
  /** Process every video again, also finished ones. */
  readonly force?: boolean;
  /** Stops the run. Finished work is kept, and the next run continues from it. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}
