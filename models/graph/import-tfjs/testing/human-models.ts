import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ModelFiles } from './tensorflow.js';

/** The models folder of the optional package `@vladmandic/human`, or undefined if it is not installed. */
export function humanModels(): string | undefined {
  try {
    const folder = join(createRequire(import.meta.url).resolve('@vladmandic/human'), '../../models');
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

export function readHumanModel(folder: string, name: string): ModelFiles {
  return {
    json: readFileSync(join(folder, `${name}.json`)),
    weights: readFileSync(join(folder, `${name}.bin`)),
  };
}
