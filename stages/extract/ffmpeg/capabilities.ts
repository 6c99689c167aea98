import { EarsightError } from '../../../core/errors.js';
import { runProcess } from './process.js';
import { programPath } from './programs.js';

export interface Capabilities {
  /** As ffmpeg prints it: `5.1.9-0+deb12u1`, `n7.1`, `N-118000-g0123abc`. */
  readonly version: string;
  /** Names of the codecs that it can decode, as ffprobe spells them. */
  readonly decoders: ReadonlySet<string>;
  /** Options that pass every decoded frame on exactly once: `-fps_mode` replaced `-vsync` in version 5.1. */
  readonly passthroughOptions: readonly string[];
}

/** Printing the table of codecs takes milliseconds; a binary that needs longer than this does not work. */
const LIMIT_SEC = 10;

const known = new Map<string, Promise<Capabilities>>();

/**
 * Queries each ffmpeg binary once and remembers its answer.
 * @throws EARSIGHT_FFMPEG_MISSING, EARSIGHT_FFMPEG_FAILED, EARSIGHT_FFMPEG_TIMEOUT
 */
export async function ffmpegCapabilities(): Promise<Capabilities> {
  const path = await programPath('ffmpeg');
  const capabilities = known.get(path) ?? queryCapabilities(path);
  known.set(path, capabilities);
  // A failure is not remembered, because the binary may be repaired.
  capabilities.catch(() => known.delete(path));
  return capabilities;
}

async function queryCapabilities(path: string): Promise<Capabilities> {
  let table = '';
  const outcome = await runProcess({
    program: 'ffmpeg',
    args: ['-codecs'],
    path,
    signal: new AbortController().signal,
    wallClockSec: LIMIT_SEC,
    stallSec: null,
    pipes: [
      async (chunks) => {
        for await (const chunk of chunks) if (table.length < 2 ** 20) table += chunk.toString('latin1');
      },
    ],
  });
  const version = /^ffmpeg version (\S+)/.exec(outcome.stderr[0] ?? '')?.[1];
  if (outcome.exitCode !== 0 || version === undefined)
    throw new EarsightError('EARSIGHT_FFMPEG_FAILED', { path, reason: outcome.stderr.at(-1) ?? 'it names no version' });
  const decoders = new Set<string>();
  for (const [, name] of table.matchAll(/^ D[.E][VASDT][.I][.L][.S] (\S+)/gm)) if (name) decoders.add(name);
  return { version, decoders, passthroughOptions: passthroughOptions(version) };
}

function passthroughOptions(version: string): readonly string[] {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  const old = major !== undefined && (Number(major) < 5 || (Number(major) === 5 && Number(minor) < 1));
  return old ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough'];
}
