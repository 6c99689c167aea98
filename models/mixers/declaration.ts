/**
 * A mixer in LCSM's words (methods.md B.5): what it **expands** the input with, how its memory **oscillates** from one
 * step to the next, and what it **shrinks** the memory with to answer. The table in docs/mixers.md is printed from these.
 */
export interface StageOfMemory {
  /** The term itself, in the symbols of methods.md section B. */
  readonly formula: string;
  /** True when it is computed from the input at every step; false when it is a constant or a learned constant. */
  readonly dataDependent: boolean;
}

export type Direction =
  /** Step t reads nothing after t. */
  | 'causal'
  /** Every step reads the whole sequence in one pass. */
  | 'bidirectional'
  /** Has both forms. */
  | 'either';

export interface MixerDeclaration {
  readonly name: string;
  readonly title: string;
  readonly expand: StageOfMemory;
  readonly oscillate: StageOfMemory;
  readonly shrink: StageOfMemory;
  readonly direction: Direction;
  /** Order-blind over any number of axes (time, height, width) in one pass. */
  readonly multiAxis: boolean;
  /** Numbers carried from step to step, per head; n is the sequence length. */
  readonly state: string;
  readonly cost: string;
  /** Section of methods.md that holds its formulas. */
  readonly source: string;
}
