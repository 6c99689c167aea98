import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Where a thread or a child process of ours starts: compiled `.js` in the product; the `.ts` source, loaded through
 * tsx, when the parent itself runs from source (tests, development).
 * @param name without extension and relative to `base`, as `./inference-worker`. @param base the caller's import.meta.url.
 */
export function entryUrl(name: string, base: string): URL {
  return new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}

/**
 * Youngest objects of a thread, MB. A thread that runs networks makes short-lived buffers all the time, and V8 lets their
 * nursery grow to 48 MB for each: over two hours of video the process grew by a quarter (bench/long-video.ts).
 */
const NURSERY_MB = 12;

export function startThread(entry: URL, workerData: unknown): Worker {
  const resourceLimits = { maxYoungGenerationSizeMb: NURSERY_MB };
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry, { workerData, resourceLimits });
  // In a thread, Node 20 refuses a .ts entry before `--import tsx` has had its say, so a line of JavaScript registers
  // tsx (found from the entry's own place) and then imports the entry.
  const url = JSON.stringify(entry.href);
  const start = `require('node:module').register('tsx/esm', ${url}, { data: true }); import(${url});`;
  return new Worker(start, { workerData, resourceLimits, eval: true, execArgv: [] });
}

/** Arguments of `node` that run the file as a process of its own. */
export function processArguments(entry: URL): readonly string[] {
  const file = fileURLToPath(entry);
  if (!entry.pathname.endsWith('.ts')) return [file];
  return ['--import', pathToFileURL(createRequire(entry).resolve('tsx/esm')).href, file];
}
