import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import { appendPart } from '../../extract/shards/append-part.js';
import { ENCODE_FILE, OBJECTS_FILE, encodeInfoSchema, type EncodedRows, type EncodeInfo } from '../encode-info.js';
import { encodeStage } from '../encode-stage.js';
import { partOf } from '../row-range.js';
import { defineStage } from '../../services.js';
import { windowsASegment } from '../window-layout.js';

/** Makes the very artefact of `encode` from its parts; needs no network. */
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
        const widths = encoder.windowsSec.map((windowSec) => windowsASegment(info.segmentSec, windowSec));
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
          await appendPart(join(part, OBJECTS_FILE), join(folder, OBJECTS_FILE), 0, await bytesOf(part, OBJECTS_FILE));
      await writeFile(join(folder, ENCODE_FILE), JSON.stringify(info));
    },
  });
}

/** All tell of the same video and networks; each brings the levels of its own segments. @throws EARSIGHT_STORE_CORRUPT */
function joinInfos(infos: readonly EncodeInfo[]): EncodeInfo {
  const common = infos.map((info) => JSON.stringify({ ...info, device: null, levelsDbfs: [] }));
  const [first] = infos;
  const levelsDbfs = infos.flatMap((info) => info.levelsDbfs);
  if (!first || common.some((text) => text !== common[0])) throw gap('parts of different works');
  if (![0, first.segments].includes(levelsDbfs.length)) throw gap(`levels of ${levelsDbfs.length} segments`);
  // Workers of one fleet may differ; the record then names all of their devices.
  const devices = [...new Set(infos.flatMap((info) => info.device ?? []))].sort();
  return { ...first, device: devices.length === 0 ? null : devices.join(' + '), levelsDbfs };
}

/** Window width by window width, each part's rows in order: no gap, none twice. `each`: rows a frame, or a segment and width. */
async function joinRows(
  folders: readonly string[],
  encoder: EncodedRows,
  total: number,
  each: readonly number[],
  target: string,
): Promise<void> {
  const rowBytes = encoder.width * Float32Array.BYTES_PER_ELEMENT;
  const all = each.reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const count of each) {
    for (const [part, folder] of folders.entries()) {
      const { first, end } = partOf(total, part, folders.length);
      const bytes = (end - first) * rowBytes;
      if ((await bytesOf(folder, encoder.file)) !== bytes * all)
        throw gap(`${encoder.file}: other rows in part ${part}`);
      await appendPart(join(folder, encoder.file), target, before * bytes, count * bytes);
    }
    before += count;
  }
}

async function bytesOf(folder: string, name: string): Promise<number> {
  return (await stat(join(folder, name)).catch(() => null))?.size ?? -1;
}

function gap(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `encode in parts: ${reason}` });
}
