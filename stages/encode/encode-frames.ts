import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import {
  geometryName,
  type FrameEncoder,
  type FrameGeometry,
  type ObjectDetector,
} from '../../models/encoders/encoder.js';
import type { MediaReader } from '../extract/media-reader.js';
import { OBJECTS_FILE, objectsRowSchema, type ObjectsRow } from './encode-info.js';
import { chunks, runConcurrently } from './in-flight.js';
import { findFacesAndPoses, type PeopleNetworks } from './faces-and-poses.js';
import { ROWS_PER_CHUNK, type RowRange } from './row-range.js';
import { createRowFile } from './row-file.js';

/** Chunks in progress at once, so that one is read and one waits for the batcher while one runs. */
const CHUNKS_IN_FLIGHT = 3;

/** Writes one row for every stored frame of a range. Each frame is encoded once, however many segments show it. */
export async function encodeFrames(
  media: MediaReader,
  range: RowRange,
  encoder: FrameEncoder,
  folder: string,
  file: string,
  signal: AbortSignal,
  advance: (items: number) => void,
): Promise<void> {
  const rows = await createRowFile(folder, file, encoder.width);
  try {
    const parts = chunks(range, ROWS_PER_CHUNK);
    await runConcurrently(
      parts,
      CHUNKS_IN_FLIGHT,
      async ({ first, end }) => {
        const frames = await media.readFrames(encoder.geometry, first, end - first);
        await rows.write(first - range.first, end - first, await encoder.encode(frames, end - first, signal));
        advance(end - first);
      },
      signal,
    );
  } finally {
    await rows.close();
  }
}

/**
 * Appends one line for every stored frame of a range to `objects.jsonl`, in order of the frames.
 * @param people the networks that find faces and poses in the people this detector finds, or null
 */
export async function detectObjects(
  media: MediaReader,
  range: RowRange,
  detector: ObjectDetector,
  people: PeopleNetworks | null,
  folder: string,
  signal: AbortSignal,
  advance: (items: number) => void,
): Promise<void> {
  const { video } = media.info;
  if (video === null) return;
  const aspect = video.width / video.height;
  const path = join(folder, OBJECTS_FILE);
  const linesOf = async (first: number, end: number): Promise<string> => {
    const frames = await media.readFrames(detector.geometry, first, end - first);
    const found = await detector.detect(frames, end - first, aspect, signal);
    if (found.length !== end - first)
      throw new EarsightError('EARSIGHT_MODEL_FAILED', {
        model: detector.identity.name,
        reason: `${found.length} lists of objects for ${end - first} frames`,
      });
    const framesFor = async (geometry: FrameGeometry): Promise<Uint8Array> =>
      geometryName(geometry) === geometryName(detector.geometry)
        ? frames
        : await media.readFrames(geometry, first, end - first);
    const peopleRows =
      people && (await findFacesAndPoses(found, detector.presentFrom, people, framesFor, aspect, signal));
    const rows = found.map((objects, i): ObjectsRow => {
      const peopleRow = peopleRows?.[i];
      const objectsRow = { frame: first + i, model: detector.identity.sha256, objects: [...objects] };
      const row = peopleRow === undefined ? objectsRow : { ...objectsRow, people: peopleRow };
      const checked = objectsRowSchema.safeParse(row);
      if (checked.success) return row;
      throw new EarsightError('EARSIGHT_MODEL_FAILED', {
        model: detector.identity.name,
        reason: `what it found in a frame is no box: ${z.prettifyError(checked.error).replaceAll('\n', ' ')}`,
      });
    });
    return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  };
  let written = Promise.resolve();
  await runConcurrently(
    chunks(range, ROWS_PER_CHUNK),
    CHUNKS_IN_FLIGHT,
    ({ first, end }) => {
      // Chunks may finish in any order; each waits until the lines of the chunks before it are written.
      const before = written;
      const lines = linesOf(first, end);
      written = Promise.all([lines, before]).then(async ([text]) => {
        await appendFile(path, text);
        advance(end - first);
      });
      return written;
    },
    signal,
  );
}
