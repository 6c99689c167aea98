import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Matrix } from '../embeddings/cosine.js';

/** Path of a file of the real test data, which lie beside the repository. */
export function sharedPath(name: string): string {
  return fileURLToPath(new URL(`../../../shared/${name}`, import.meta.url));
}

export const hasShared = existsSync(sharedPath('oracles/golden.json'));

/** Reads a .npy file of one or two dimensions, of float16, float32 or float64. */
export function readNpy(name: string): Matrix {
  const bytes = readFileSync(sharedPath(name));
  const headerBytes = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + headerBytes);
  const [, type = ''] = /'descr': '[<|]([^']+)'/.exec(header) ?? [];
  const [, shape = ''] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  const [rows = 1, columns = 1] = shape
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const body = bytes.subarray(10 + headerBytes);
  const values = Float64Array.from({ length: rows * columns }, (_, at) => {
    if (type === 'f2') return halfAt(body, 2 * at);
    return type === 'f8' ? body.readDoubleLE(8 * at) : body.readFloatLE(4 * at);
  });
  return { rows, columns, values };
}

function halfAt(bytes: Buffer, at: number): number {
  const bits = bytes.readUInt16LE(at);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}
