/**
 * One of the three stages of a mixer in the terms of LCSM (methods.md B.5): **expand** writes the input into a memory,
 * **oscillate** changes the memory from one step to the next, and **shrink** reads the answer from the memory.
 * docs/mixers.md is generated from these.
 */
export interface StageOfMemory {
  /** The term itself, in the symbols of methods.md section B. */
  readonly formula: string;
  /** True when it is computed from the input at every step; false when it is a constant or a learned constant. */
  readonly dataDependent: boolean;
}

export type Direction =
  /** Step t does not depend on any step after t. */
  | 'causal'
  /** Every step reads the whole sequence in one pass. */
  | 'bidirectional'
  /** The member has both forms. */
  | 'either';

export interface MixerDeclaration {
  readonly name: string;
  readonly title: string;
  readonly expand: StageOfMemory;
  readonly oscillate: StageOfMemory;
  readonly shrink: StageOfMemory;
  readonly direction: Direction;
  /** Whether it can mix several axes (time, height, width) in one pass. */
  readonly multiAxis: boolean;
  /** Count of the numbers carried from step to step, per head; n is the sequence length. */
  readonly state: string;
  readonly cost: string;
  /** Section of methods.md with its formulas. */
  readonly source: string;
}
