import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import { appendBytes } from '../../extract/shards/append-bytes.js';
import { defineStage } from '../../services.js';
import { ENCODE_FILE, OBJECTS_FILE, encodeInfoSchema, type EncodedRows, type EncodeInfo } from '../encode-info.js';
import { encodeStage } from '../encode-stage.js';
import { rowsOfPart } from '../row-range.js';
import { windowsPerSegment } from '../window-layout.js';

/** Makes exactly the artefact of `encode` from its parts, without running a network. */
export function joinEncodeStage(parts: number) {
  const names = Array.from({ length: parts }, (_, part) => `encode-${part}` as const);
  const { name, version, params, scratch } = encodeStage;
  return defineStage({
    ...{ name, version, params, scratch },
    inputs: names,
    resource: 'light',
    async run({ inputs, folder, signal }) {
      const artefacts = Object.values(inputs);
      const folders = artefacts.map((artefact) => artefact.folder);
      const infos = [];
      for (const artefact of artefacts) infos.push(await artefact.json(ENCODE_FILE, encodeInfoSchema));
      const info = joinInfos(infos);
      for (const encoder of info.encoders) {
        const rows = encoder.modality === 'visual' ? info.frameTimesSec.length : info.segments;
        const widths = encoder.windowsSec.map((windowSec) => windowsPerSegment(info.segmentSec, windowSec));
        signal.throwIfAborted();
        await joinRows(
          folders,
          encoder,
          rows,
          encoder.modality === 'visual' ? [1] : widths,
          join(folder, encoder.file),
        );
      }
      if (info.detectors.length > 0)
        for (const part of folders)
          await appendBytes(join(part, OBJECTS_FILE), join(folder, OBJECTS_FILE), 0, await bytesOf(part, OBJECTS_FILE));
      await writeFile(join(folder, ENCODE_FILE), JSON.stringify(info));
    },
  });
}

/**
 * Joins the indexes of all parts, which must describe the same video and networks; each part has the levels of its segments.
 * @throws EARSIGHT_STORE_CORRUPT
 */
function joinInfos(infos: readonly EncodeInfo[]): EncodeInfo {
  const common = infos.map((info) => JSON.stringify({ ...info, device: null, levelsDbfs: [] }));
  const [first] = infos;
  const levelsDbfs = infos.flatMap((info) => info.levelsDbfs);
  if (!first || common.some((text) => text !== common[0])) throw partsCorrupt('parts of different works');
  if (![0, first.segments].includes(levelsDbfs.length)) throw partsCorrupt(`levels of ${levelsDbfs.length} segments`);
  // The workers of a fleet may have different devices; the record then names all of them.
  const devices = [...new Set(infos.flatMap((info) => info.device ?? []))].sort();
  return { ...first, device: devices.length === 0 ? null : devices.join(' + '), levelsDbfs };
}

/**
 * Joins the rows of one encoder: for each window width in turn, the rows of all parts in order, without a gap or a duplicate.
 * @param total number of stored frames or of segments
 * @param rowsPerItem rows per frame, or per segment for each window width
 * @throws EARSIGHT_STORE_CORRUPT when a part has another number of rows
 */
async function joinRows(
  folders: readonly string[],
  encoder: EncodedRows,
  total: number,
  rowsPerItem: readonly number[],
  target: string,
): Promise<void> {
  const rowBytes = encoder.width * Float32Array.BYTES_PER_ELEMENT;
  const allRows = rowsPerItem.reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const count of rowsPerItem) {
    for (const [part, folder] of folders.entries()) {
      const { first, end } = rowsOfPart(total, part, folders.length);
      const bytes = (end - first) * rowBytes;
      if ((await bytesOf(folder, encoder.file)) !== bytes * allRows)
        throw partsCorrupt(`${encoder.file}: other rows in part ${part}`);
      await appendBytes(join(folder, encoder.file), target, before * bytes, count * bytes);
    }
    before += count;
  }
}

/** Size of a file; -1 when there is none. */
async function bytesOf(folder: string, name: string): Promise<number> {
  return (await stat(join(folder, name)).catch(() => null))?.size ?? -1;
}

function partsCorrupt(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `encode in parts: ${reason}` });
}
