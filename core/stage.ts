import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { EarsightError } from './errors.js';
import type { Warning } from './warnings.js';

/** An immutable folder of files in the store, made by one stage from one set of inputs. */
export class Artefact {
  readonly key: string;
  readonly stage: string;
  /** Absolute path of the folder. */
  readonly folder: string;
  /** The warnings of the stage that made it, and of all stages before that one. */
  readonly warnings: readonly Warning[];

  constructor({
    key,
    stage,
    folder,
    warnings = [],
  }: Pick<Artefact, 'key' | 'stage' | 'folder'> & Partial<Pick<Artefact, 'warnings'>>) {
    this.key = key;
    this.stage = stage;
    this.folder = folder;
    this.warnings = warnings;
  }

  /**
   * Reads a JSON file of the folder and checks it.
   * @throws EarsightError EARSIGHT_STORE_CORRUPT when the file is missing, is not JSON or does not match `schema`.
   */
  async json<Content>(file: string, schema: z.ZodType<Content>): Promise<Content> {
    const path = join(this.folder, file);
    try {
      return schema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (cause) {
      throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: path }, { cause });
    }
  }
}

/** The input file of a video, identified by its content. */
export interface Source {
  /** The path under which the submitter knows the file; results and errors name it so. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What a stage mainly uses: a decoder, a network, or very little of either. A fleet has one queue per resource. */
export type Resource = 'media' | 'inference' | 'light';

export interface StageContext<Params, Services, Inputs extends string = string> {
  readonly source: Source;
  /** Returns a local path of the source's bytes, valid until the stage has run; fetches them if they are elsewhere. */
  sourceFile(): Promise<string>;
  readonly params: Params;
  /** The artefacts of the stages named in the stage's `inputs`, in that order, and no others. */
  readonly inputs: Readonly<Record<Inputs, Artefact>>;
  /** An empty folder to fill. It becomes the artefact when `run` resolves, and is deleted when `run` throws. */
  readonly folder: string;
  readonly services: Services;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  progress(fraction: number): void;
  /** The warning is kept with the artefact. */
  warn(warning: Warning): void;
}

/**
 * One processing step of a video. It is pure in its inputs: the same source, parameters, input artefacts and model
 * files give the same artefact. So the key of an artefact is known before the stage runs, and no artefact is made
 * twice.
 *
 * The stage graph stores stages as `Stage<unknown, Services>`, without the types of their parameters and inputs.
 */
export interface Stage<Params = unknown, Services = unknown, Inputs extends string = string> {
  readonly name: string;
  /** Raise it whenever the artefact of unchanged inputs changes. */
  readonly version: number;
  /** Names of the stages whose artefacts this one reads. */
  readonly inputs: readonly Inputs[];
  readonly params: z.ZodType<Params>;
  readonly resource: Resource;
  /** True if the artefact is large and only later stages need it: it is dropped when the video is finished. */
  readonly scratch: boolean;
  run(context: StageContext<Params, Services, Inputs>): Promise<void>;
}

/**
 * Picks the inputs of a stage's context from the artefacts that were made so far.
 * @throws EarsightError EARSIGHT_BUG when one of them is missing, which means that the stage graph is wrong.
 */
export function selectInputs<Inputs extends string>(
  stage: Pick<Stage<unknown, unknown, Inputs>, 'name' | 'inputs'>,
  artefacts: ReadonlyMap<string, Artefact>,
): Readonly<Record<Inputs, Artefact>> {
  const inputs = stage.inputs.map((name) => {
    const artefact = artefacts.get(name);
    if (artefact === undefined)
      throw new EarsightError('EARSIGHT_BUG', { reason: `the stage ${stage.name} was run without its input ${name}` });
    return [name, artefact];
  });
  return Object.fromEntries(inputs) as Record<Inputs, Artefact>;
}
