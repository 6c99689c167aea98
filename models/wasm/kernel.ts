import { leb128, list, sized, text } from './encoding.js';
import { FunctionAuthor, TYPE_CODES } from './function-author.js';

const PAGE_BYTES = 65_536;
const MEMORY = 'memory';

type Run = (...parameters: readonly number[]) => void;

/** A compiled function of integers, and the memory that it works on. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly run: Run;
}

/** Several, over one memory. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** @throws when there is none of that name */
  function(name: string): Run;
}

export interface Draft {
  /** How many integers it takes. */
  readonly parameters: number;
  readonly write: (author: FunctionAuthor) => void;
}

/** One function with a memory of its own; see `compileKernels`. */
export function compileKernel(bytes: number, parameters: number, write: Draft['write']): Kernel {
  const kernels = openKernels(compileKernels(bytes, { only: { parameters, write } }));
  return { memory: kernels.memory, run: kernels.function('only') };
}

/**
 * Compiles functions into a WebAssembly module that exports its memory and each function by name (some 100 µs a
 * function). Inner loops over pixels and samples are written this way because V8 has vectors of 128 bits in WebAssembly
 * alone. V8 makes a module's code faster while it runs: one that is opened again starts fast.
 *
 * @param bytes of memory, zeros at first
 */
export function compileKernels(bytes: number, drafts: Readonly<Record<string, Draft>>): WebAssembly.Module {
  const names = Object.keys(drafts);
  const authors = Object.values(drafts).map(({ parameters, write }) => {
    const author = new FunctionAuthor(parameters);
    write(author);
    return author;
  });
  const signatures = authors.map(({ parameters }) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [TYPE_CODES.i32])),
    0,
  ]);
  const exported = names.map((name, index) => [...text(name), 0x00, ...leb128(index)]);
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, signatures),
      ...section(3, [...authors.keys()].map(leb128)),
      ...section(5, [[0x00, ...leb128(Math.ceil(bytes / PAGE_BYTES))]]),
      ...section(7, [[...text(MEMORY), 0x02, 0], ...exported]),
      ...section(
        10,
        authors.map((author) => author.encoded()),
      ),
    ]),
  );
}

/** Functions of a module with a memory of their own. */
export function openKernels(module: WebAssembly.Module): Kernels {
  const { exports } = new WebAssembly.Instance(module);
  const memory = exports[MEMORY];
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('the module exports no memory');
  return {
    memory,
    function: (name) => {
      const run = exports[name];
      if (typeof run !== 'function') throw new Error(`the module exports no function ${name}`);
      return run as Run;
    },
  };
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  return [id, ...sized(list(entries))];
}
