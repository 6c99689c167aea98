import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FrameEncoder, ModelIdentity, SoundEncoder } from '../../models/encoders/encoder.js';
import type { Artefact, Stage } from '../../pipeline/stage.js';
import { EarsightError } from '../../pipeline/errors.js';
import { openMedia } from '../extract/media-reader.js';
import type { StageServices } from '../services.js';
import { detectObjects, encodeFrames } from './encode-frames.js';
import type { EncodedRows, EncodeInfo } from './encode-info.js';
import { encodeSound, segmentLevels } from './encode-sound.js';

const paramsSchema = z.strictObject({});

/** Every frame through the picture networks, every second through the sound networks; labels come later. */
export const encodeStage: Stage<z.infer<typeof paramsSchema>, StageServices> = {
  name: 'encode',
  version: 1,
  inputs: ['extract'],
  params: paramsSchema,
  resource: 'inference',
  scratch: false,
  async run(context) {
    const { inputs, folder, services } = context;
    // One failed network stops the others; work that outlives its stage would write into a folder that is gone.
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const media = await openMedia(input(inputs, 'extract').folder);
    try {
      const { info } = media;
      const packs = await services.packs();
      const frames = info.video === null ? [] : (packs?.frames ?? []);
      const detectors = info.video === null ? [] : (packs?.detectors ?? []);
      const sounds = info.audio === null ? [] : (packs?.sounds ?? []);
      const segments = info.segmentFrame.length;
      const stored = info.frameTimesSec.length;
      const items =
        stored * (frames.length + detectors.length) +
        segments * sounds.reduce((sum, encoder) => sum + encoder.windowsSec.length, 0);
      let done = 0;
      const advance = (count: number): void => {
        done += count;
        context.progress(done / items);
      };
      if (detectors.length > 0) await writeFile(join(folder, 'objects.jsonl'), '');
      // All encoders at once: each has its own sessions, and the pool shares the cores among them.
      const tasks = [
        ...frames.map((encoder) => encodeFrames(media, encoder, folder, rowsFile(encoder), signal, advance)),
        ...sounds.map((encoder) => encodeSound(media, encoder, folder, rowsFile(encoder), signal, advance)),
        detectInTurn(),
      ];
      const levels = segmentLevels(media, signal);
      await Promise.allSettled([...tasks, levels].map((task) => task.catch((reason: unknown) => stop.abort(reason))));
      signal.throwIfAborted();
      const encodeInfo: EncodeInfo = {
        schema: 1,
        device: packs?.device ?? null,
        frameMode: info.frameMode,
        durationSec: info.durationSec,
        segmentSec: info.segmentSec,
        segments,
        segmentFrame: info.segmentFrame,
        frameTimesSec: info.frameTimesSec,
        hasSound: info.audio !== null,
        encoders: [
          ...frames.map((encoder) => describe(encoder, 'visual', [], stored)),
          ...sounds.map((encoder) =>
            describe(encoder, 'audio', [...encoder.windowsSec], segments * encoder.windowsSec.length),
          ),
        ],
        detectors: detectors.map(({ identity, classes }) => ({ model: modelOf(identity), classes: [...classes] })),
        levelsDbfs: await levels,
      };
      await writeFile(join(folder, 'encode.json'), JSON.stringify(encodeInfo));

      async function detectInTurn(): Promise<void> {
        for (const detector of detectors) await detectObjects(media, detector, folder, signal, advance);
      }
    } finally {
      await media.close();
    }
  },
};

function describe(
  encoder: FrameEncoder | SoundEncoder,
  modality: EncodedRows['modality'],
  windowsSec: number[],
  rows: number,
): EncodedRows {
  return {
    model: modelOf(encoder.identity),
    modality,
    meaning: encoder.meaning,
    width: encoder.width,
    classes: [...encoder.classes],
    windowsSec,
    file: rowsFile(encoder),
    rows,
  };
}

/** Names may come from anybody's pack: only the role and the hash make the file name. */
function rowsFile({ identity }: FrameEncoder | SoundEncoder): string {
  return `${identity.role}-${identity.sha256.slice(0, 16)}.f32`;
}

function modelOf({ pack, name, role, licence, sha256 }: ModelIdentity): EncodedRows['model'] {
  return { pack, name, role, licence, sha256 };
}

function input(inputs: Readonly<Record<string, Artefact>>, name: string): Artefact {
  const artefact = inputs[name];
  if (artefact === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `stage without its input ${name}` });
  return artefact;
}
