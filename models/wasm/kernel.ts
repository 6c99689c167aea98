import { leb128, list, sized, text } from './encoding.js';
import { FunctionAuthor, TYPE_CODES } from './function-author.js';

const PAGE_BYTES = 65_536;

/** A compiled function of integers, and the memory that it works on. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  run(...parameters: readonly number[]): void;
}

/**
 * Compiles one function into a WebAssembly module with a memory of its own (some 100 µs). Inner loops over pixels and
 * samples are written this way because V8 has vectors of 128 bits in WebAssembly alone.
 *
 * @param bytes of memory, zeros at first
 */
export function compileKernel(bytes: number, parameters: number, write: (author: FunctionAuthor) => void): Kernel {
  const author = new FunctionAuthor(parameters);
  write(author);
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, [[0x60, ...list(Array.from({ length: parameters }, () => [TYPE_CODES.i32])), 0]]),
      ...section(3, [[0]]),
      ...section(5, [[0x00, ...leb128(Math.ceil(bytes / PAGE_BYTES))]]),
      ...section(7, [
        [...text('memory'), 0x02, 0],
        [...text('run'), 0x00, 0],
      ]),
      ...section(10, [author.encoded()]),
    ]),
  );
  const { memory, run } = new WebAssembly.Instance(module).exports;
  if (!(memory instanceof WebAssembly.Memory && typeof run === 'function'))
    throw new Error('the module exports a memory and a function');
  return { memory, run: run as Kernel['run'] };
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  return [id, ...sized(list(entries))];
}
