import { open, rename, type FileHandle } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { readLines } from '../../../core/store/read-lines.js';
import type { LoudnessReading } from '../media-reader.js';
import type { CutSilence } from '../timeline/clock-filters.js';

const COPY_BYTES = 1 << 20;
/** Loudness readings per second. */
const READINGS = 10;

/**
 * Inserts the cut silences into a raw file of 16-bit samples. They become holes of a sparse file, so neither memory nor time
 * grow with their length.
 */
export async function insertSilentSamples(
  path: string,
  sampleRateHz: number,
  cuts: readonly CutSilence[],
): Promise<void> {
  const whole = `${path}.whole`;
  const [from, to] = await Promise.all([open(path, 'r'), open(whole, 'w')]);
  try {
    const bytesOf = (seconds: number): number => seconds * sampleRateHz * Int16Array.BYTES_PER_ELEMENT;
    const { size } = await from.stat();
    let [read, shift] = [0, 0];
    for (const { atSec, lengthSec } of cuts) {
      await copyRange(from, to, read, Math.min(size, bytesOf(atSec)), shift);
      read = Math.min(size, bytesOf(atSec));
      shift += bytesOf(lengthSec);
    }
    await copyRange(from, to, read, size, shift);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
  await rename(whole, path);
}

async function copyRange(from: FileHandle, to: FileHandle, start: number, end: number, shift: number): Promise<void> {
  const buffer = Buffer.alloc(Math.max(0, Math.min(COPY_BYTES, end - start)));
  for (let at = start; at < end;) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) return;
    await to.write(buffer, 0, bytesRead, at + shift);
    at += bytesRead;
  }
}

/**
 * Inserts readings of silence into `loudness.jsonl` and moves the later ones.
 * @returns how many readings were inserted
 */
export async function insertSilentReadings(path: string, cuts: readonly CutSilence[]): Promise<number> {
  const whole = `${path}.whole`;
  const to = createWriteStream(whole);
  const write = async (reading: LoudnessReading): Promise<void> => {
    if (!to.write(`${JSON.stringify(reading)}\n`)) await once(to, 'drain');
  };
  let [next, shift, inserted] = [0, 0, 0];
  for await (const line of readLines(path)) {
    const reading = JSON.parse(line) as LoudnessReading;
    for (let cut = cuts[next]; cut && reading.timeSec >= cut.atSec - 0.05; cut = cuts[++next]) {
      for (let i = 0; i < cut.lengthSec * READINGS; i++)
        await write({ timeSec: rounded(cut.atSec + shift + i / READINGS), momentary: null, shortTerm: null });
      inserted += cut.lengthSec * READINGS;
      shift += cut.lengthSec;
    }
    await write({ ...reading, timeSec: rounded(reading.timeSec + shift) });
  }
  to.end();
  await once(to, 'close');
  await rename(whole, path);
  return inserted;
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(6));
}
