import type { z } from 'zod';

/** An immutable folder of files in the store, made by one stage from one set of inputs. */
export interface Artefact {
  readonly key: string;
  readonly stage: string;
  /** Absolute path of the folder. */
  readonly folder: string;
}

/** The input file of a video, identified by its content. */
export interface Source {
  /** Where whoever submitted it has it: its name in results and errors. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Which kind of machine a stage wants: decoding, inference, or hardly anything. One queue each on a fleet. */
export type Resource = 'media' | 'inference' | 'light';

export interface StageContext<Params, Services> {
  readonly source: Source;
  /** Where the bytes of the source are on this machine, until the stage has run; fetched first where they are not. */
  sourceFile(): Promise<string>;
  readonly params: Params;
  /** The artefacts of the stages named in `inputs`. */
  readonly inputs: Readonly<Record<string, Artefact>>;
  /** An empty folder to fill. It becomes the artefact when `run` resolves, and vanishes when it throws. */
  readonly folder: string;
  readonly services: Services;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  progress(fraction: number): void;
  warn(message: string): void;
}

/**
 * One step of a video's way. Pure in its inputs: the same source, parameters, input artefacts and model files give the
 * same artefact, so its key can be computed before it runs and a finished one is never made twice.
 */
export interface Stage<Params = unknown, Services = unknown> {
  readonly name: string;
  /** Raise it whenever the artefact of unchanged inputs changes. */
  readonly version: number;
  readonly inputs: readonly string[];
  readonly params: z.ZodType<Params>;
  readonly resource: Resource;
  /** True: the artefact is large and only needed by later stages; it is dropped when the video is finished. */
  readonly scratch: boolean;
  run(context: StageContext<Params, Services>): Promise<void>;
}
