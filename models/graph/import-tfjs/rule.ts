import { EarsightError } from '../../../core/errors.js';
import type { Graph } from '../graph.js';
import type { GraphModelNode } from './graph-model.js';
import { inTensorFlowOrder, numbersOf, type Value } from './value.js';
import type { Tensor } from '../ir.js';
import { divideDims, multiplyDims, type Dim } from '../dim.js';

/** A named side of the input picture, and its length when the model was exported. */
export interface FreeSide {
  readonly side: string;
  readonly exported: number;
}

/** One node of the imported graph with the values of its inputs: the argument of a rule. */
export class NodeContext {
  constructor(
    readonly graph: Graph,
    readonly node: GraphModelNode,
    readonly inputs: readonly Value[],
    private readonly freeSides: readonly FreeSide[] = [],
  ) {}

  /** The length that a side of a picture had when the model was exported. */
  exportedSide(side: Dim): number {
    if (typeof side === 'number') return side;
    for (const free of this.freeSides) {
      const found = divideDims(multiplyDims(side, free.exported), free.side);
      if (typeof found === 'number') return found;
    }
    throw this.unreadable(`takes sides of ${side}`);
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw this.unreadable(`has no input ${index}`);
    return value;
  }

  /** The input in TensorFlow's order of axes. */
  tensor(index: number): Tensor {
    return inTensorFlowOrder(this.graph, this.input(index));
  }

  /** The numbers of an input, which must be a constant. */
  numbers(index: number): readonly number[] {
    return numbersOf(this.input(index), `input ${index} of ${this.node.name}`);
  }

  number(index: number): number {
    return this.numbers(index)[0] ?? 0;
  }

  int(name: string, fallback: number): number {
    return Number(this.node.attr[name]?.i ?? fallback);
  }

  flag(name: string): boolean {
    return this.node.attr[name]?.b ?? false;
  }

  ints(name: string): readonly number[] {
    return (this.node.attr[name]?.list?.i ?? []).map(Number);
  }

  /** A string attribute, which is stored in base64. */
  text(name: string): string {
    return decodeBase64(this.node.attr[name]?.s ?? '');
  }

  texts(name: string): readonly string[] {
    return (this.node.attr[name]?.list?.s ?? []).map(decodeBase64);
  }

  /** An element type, for example `DT_FLOAT`. */
  type(name: string): string {
    return this.node.attr[name]?.type ?? '';
  }

  /** The error for a known operator in a form that is not supported. */
  unknownForm(form: string): EarsightError {
    return new EarsightError('EARSIGHT_GRAPH_OPERATOR', { operator: `${this.node.op} (${form})` });
  }

  unreadable(reason: string): EarsightError {
    return new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason: `${this.node.op} ${this.node.name} ${reason}` });
  }
}

/** Adds the nodes that replace one node of the imported graph, and returns one value per output. */
export type Rule = (context: NodeContext) => Value | readonly Value[];

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
