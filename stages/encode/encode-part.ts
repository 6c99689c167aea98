import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  FaceFinder,
  FrameEncoder,
  ModelIdentity,
  PoseFinder,
  SoundEncoder,
} from '../../models/encoders/encoder.js';
import type { StageContext } from '../../core/stage.js';
import { openMedia } from '../extract/media-reader.js';
import type { StageServices } from '../services.js';
import { detectObjects, encodeFrames } from './encode-frames.js';
import { ENCODE_FILE, OBJECTS_FILE, type EncodedRows, type EncodeInfo } from './encode-info.js';
import { encodeSound } from './encode-sound.js';
import { detectsPeople } from './faces-and-poses.js';
import { rowsOfPart } from './row-range.js';
import { segmentLevels } from './sound-levels.js';
import { windowsPerSegment } from './window-layout.js';

/**
 * Writes an encode artefact with the rows of one of `parts` parts of the video. Its index counts the rows of all parts.
 * Part 0 of 1 is the whole video.
 */
export async function encodePart(
  context: StageContext<unknown, StageServices, 'extract'>,
  part: number,
  parts: number,
): Promise<void> {
  const { inputs, folder, services } = context;
  // One failed network stops the others, because work that outlives its stage would write into a folder that is gone.
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const media = await openMedia(inputs.extract.folder);
  try {
    const { info } = media;
    const packs = await services.packs();
    const frames = info.video === null ? [] : (packs?.frames ?? []);
    const detectors = info.video === null ? [] : (packs?.detectors ?? []);
    const finder = packs?.faces || packs?.poses ? detectors.find(detectsPeople) : undefined;
    const sounds = info.audio === null ? [] : (packs?.sounds ?? []);
    const segments = info.segmentFrame.length;
    const stored = info.frameTimesSec.length;
    const framePart = rowsOfPart(stored, part, parts);
    const segmentPart = rowsOfPart(segments, part, parts);
    const items =
      (framePart.end - framePart.first) * (frames.length + detectors.length) +
      (segmentPart.end - segmentPart.first) * sounds.reduce((sum, encoder) => sum + windowsOf(encoder), 0);
    let done = 0;
    const advance = (count: number): void => {
      done += count;
      context.progress(done / items);
    };
    if (detectors.length > 0) await writeFile(join(folder, OBJECTS_FILE), '');
    // All encoders run at once: each has its own sessions, and the pool divides the cores among them.
    const tasks = [
      ...frames.map((encoder) => encodeFrames(media, framePart, encoder, folder, rowsFile(encoder), signal, advance)),
      ...sounds.map((encoder) => encodeSound(media, segmentPart, encoder, folder, rowsFile(encoder), signal, advance)),
      detectSequentially(),
    ];
    const levels = segmentLevels(media, segmentPart, signal);
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
        ...sounds.map((encoder) => describe(encoder, 'audio', [...encoder.windowsSec], segments * windowsOf(encoder))),
      ],
      detectors: detectors.map(({ identity, classes, presentFrom }) => ({
        model: modelOf(identity),
        classes: [...classes],
        presentFrom,
      })),
      people:
        packs && finder
          ? {
              detector: finder.identity.sha256,
              faces: packs.faces && describeFinder(packs.faces),
              poses: packs.poses && describeFinder(packs.poses),
            }
          : null,
      levelsDbfs: await levels,
    };
    await writeFile(join(folder, ENCODE_FILE), JSON.stringify(encodeInfo));

    function windowsOf({ windowsSec }: SoundEncoder): number {
      return windowsSec.reduce((sum, windowSec) => sum + windowsPerSegment(info.segmentSec, windowSec), 0);
    }

    async function detectSequentially(): Promise<void> {
      for (const detector of detectors) {
        const people = detector === finder ? packs : null;
        await detectObjects(media, framePart, detector, people, folder, signal, advance);
      }
    }
  } finally {
    await media.close();
  }
}

type EncodedModel = EncodedRows['model'];

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
    ...('presentFrom' in encoder ? { presentFrom: encoder.presentFrom } : {}),
    ...('quietestDbfs' in encoder ? { quietestDbfs: encoder.quietestDbfs } : {}),
    ...('ends' in encoder && encoder.ends === 'silence' ? { ends: encoder.ends } : {}),
    windowsSec,
    file: rowsFile(encoder),
    rows,
  };
}

/** The file name consists of role and hash only, because model names come from packs that anybody may have made. */
function rowsFile({ identity }: FrameEncoder | SoundEncoder): string {
  return `${identity.role}-${identity.sha256.slice(0, 16)}.f32`;
}

function describeFinder({ identity, presentFrom }: FaceFinder | PoseFinder): {
  model: EncodedModel;
  presentFrom: number;
} {
  return { model: modelOf(identity), presentFrom };
}

function modelOf({ pack, name, role, licence, sha256 }: ModelIdentity): EncodedModel {
  return { pack, name, role, licence, sha256 };
}
