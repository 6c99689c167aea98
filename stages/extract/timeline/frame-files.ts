import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { GridResult } from './frame-grid.js';
import type { StoredFrames } from '../decode/stored-media.js';

export interface SegmentFrames {
  /** Presentation time of each stored frame. */
  readonly timesSec: readonly number[];
  /** For each segment the stored frame in its middle; -1 without one. */
  readonly segmentFrame: readonly number[];
  /** Positions in ffmpeg's files of the frames that stay, ascending. */
  readonly kept: readonly number[];
}

/**
 * How many whole frames every file holds: the same of each geometry, unless ffmpeg was cut off in between. It opens an
 * output when its first frame is there: a file that is missing holds none, and is made.
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

/** Which frame each of `segments` shows; after the last one handed out, that frame holds. */
export function assignFrames({ timesSec, shown }: GridResult, segments: number): SegmentFrames {
  const kept: number[] = [];
  const times: number[] = [];
  const indexOf = new Map<number, number>();
  const segmentFrame: number[] = [];
  for (let segment = 0; segment < segments; segment++) {
    const position = Math.min(segment, shown.length - 1);
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

/** Leaves each frame once in a raw file: moves the kept ones to the front, in place, and cuts off the rest. */
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
