import { leb128, list, sized } from './encoding.js';
import { add, constant, lessThan, vectorInstruction, type I32, type Value, type ValueType } from './instructions.js';

export const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, v128: 0x7b };

/** A local that is written more than once. */
export interface Variable<Type extends ValueType> {
  readonly value: Value<Type>;
  set(to: Value<Type>): void;
}

/** Writes the body of one function, whose parameters are 32-bit integers and which returns nothing. */
export class FunctionAuthor {
  private readonly locals: ValueType[] = [];
  private readonly code: number[] = [];

  constructor(readonly parameters: number) {}

  parameter(index: number): I32 {
    return { type: 'i32', code: [0x20, ...leb128(index)] };
  }

  /** Computes a value once, in a local, so that it can be used several times. */
  keep<Type extends ValueType>(value: Value<Type>): Value<Type> {
    return this.variable(value).value;
  }

  variable<Type extends ValueType>(initial: Value<Type>): Variable<Type> {
    const index = leb128(this.parameters + this.locals.push(initial.type) - 1);
    const set = (to: Value<Type>): void => void this.code.push(...to.code, 0x21, ...index);
    set(initial);
    return { value: { type: initial.type, code: [0x20, ...index] }, set };
  }

  store(address: I32, value: Value<'v128'>, offset = 0): void {
    this.code.push(...address.code, ...value.code, ...vectorInstruction(0x0b), 0, ...leb128(offset));
  }

  /** Stores the lowest 16 bits. */
  storeU16(address: I32, value: I32, offset = 0): void {
    this.code.push(...address.code, ...value.code, 0x3b, 0, ...leb128(offset));
  }

  /** Runs `body` with `from`, `from + step` … below `end`, but at least once. */
  repeat(from: I32, end: I32, step: number, body: (at: I32) => void): void {
    const at = this.variable(from);
    this.code.push(0x03, 0x40);
    body(at.value);
    at.set(add(at.value, constant(step)));
    this.code.push(...lessThan(at.value, end).code, 0x0d, 0, 0x0b);
  }

  /** The function as an entry of the code section. */
  encoded(): number[] {
    return sized([...list(this.locals.map((type) => [1, TYPE_CODES[type]])), ...this.code, 0x0b]);
  }
}
