import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { GridResult } from './frame-grid.js';
import { storedPosition, type PictureCut } from './picture-cuts.js';
import type { StoredFrames } from '../picture/picture-graph.js';

interface SegmentFrames {
  /** Presentation time of each stored frame. */
  readonly timesSec: readonly number[];
  /** For each segment the index of the stored frame in its middle; -1 without one. */
  readonly segmentFrame: readonly number[];
  /** Positions of the frames to keep in ffmpeg's files, ascending. */
  readonly kept: readonly number[];
}

/**
 * The number of whole frames in every file. The files of all geometries hold the same number unless ffmpeg was stopped
 * between two writes. ffmpeg creates an output with its first frame, so a missing file holds no frames; it is created.
 */
export async function countFrames(folder: string, stored: readonly StoredFrames[]): Promise<number> {
  let count = stored.length > 0 ? Number.MAX_SAFE_INTEGER : 0;
  for (const frames of stored) {
    const file = await open(join(folder, frames.file), 'a');
    try {
      count = Math.min(count, Math.floor((await file.stat()).size / frameBytes(frames)));
    } finally {
      await file.close();
    }
  }
  return count;
}

/** Which stored frame each of `segments` segments shows; the last emitted frame holds for all segments after it. */
export function assignFrames(
  { timesSec, shown }: GridResult,
  segments: number,
  cuts: readonly PictureCut[] = [],
): SegmentFrames {
  const kept: number[] = [];
  const times: number[] = [];
  const indexOf = new Map<number, number>();
  const segmentFrame: number[] = [];
  for (let segment = 0; segment < segments; segment++) {
    const position = Math.min(storedPosition(segment, cuts), shown.length - 1);
    const frame = shown[position] ?? -1;
    const timeSec = timesSec[frame];
    if (timeSec !== undefined && !indexOf.has(frame)) {
      indexOf.set(frame, kept.length);
      kept.push(position);
      times.push(timeSec);
    }
    segmentFrame.push(indexOf.get(frame) ?? -1);
  }
  return { timesSec: times, segmentFrame, kept };
}

/** Leaves each distinct frame once in a raw file: moves the kept frames to the front, in place, and truncates the rest. */
export async function compactFrames(
  folder: string,
  stored: readonly StoredFrames[],
  kept: readonly number[],
): Promise<void> {
  for (const frames of stored) {
    const bytes = frameBytes(frames);
    const file = await open(join(folder, frames.file), 'r+');
    try {
      const buffer = Buffer.alloc(bytes);
      for (const [to, from] of kept.entries()) if (to !== from) await move(file, buffer, from * bytes, to * bytes);
      await file.truncate(kept.length * bytes);
    } finally {
      await file.close();
    }
  }
}

async function move(file: FileHandle, buffer: Buffer, from: number, to: number): Promise<void> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  await file.write(buffer, 0, bytesRead, to);
}

function frameBytes({ picture }: StoredFrames): number {
  return picture.width * picture.height * 3;
}
