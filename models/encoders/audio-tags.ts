import { join } from 'node:path';
import { readLabelFile } from '../manifest/label-file.js';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { ModelIdentity, SoundEncoder } from './encoder.js';
import { checkWidth } from './single-result.js';
import { openSoundNetwork } from './sound-network.js';

/**
 * Widths of the windows that a sound tagger classifies around each segment, when its pack does not say: about an octave
 * apart, from the length of a segment to the length of the clips that such networks are tested on. Wide windows recognise
 * a sound better, narrow ones locate it better; docs/decisions/0007-windows.md has the measurements.
 */
const DEFAULT_WINDOWS_SEC: readonly number[] = [1, 2, 5];

/** Opens a sound tagger: windows of samples in, scores of its own classes out. */
export async function openAudioTags(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'audio-tags'>,
  pool: InferencePool,
): Promise<SoundEncoder> {
  const mel = model.input.audio;
  const windowsSec = model.windowsSec ?? DEFAULT_WINDOWS_SEC;
  const lengths = windowsSec.map((seconds) => Math.round(seconds * mel.sampleRateHz));
  const classes = await readLabelFile(join(folder, model.labels.path), model.labels.format);
  const encode = await openSoundNetwork(
    {
      name: model.name,
      path: join(folder, model.files[0]?.path ?? ''),
      preparation: { kind: 'sound', input: model.input.name, mel, layout: 'bands-frames', repeatToSamples: null },
      outputs: [model.output.scores],
      finish: { kind: model.output.activation },
      warmUpLengths: lengths,
    },
    pool,
  );
  const length = lengths[0] ?? mel.sampleRateHz;
  const probe = await encode(new Float32Array(length), [{ start: 0, length }]);
  checkWidth(folder, probe.length, classes);
  return {
    identity,
    sampleRateHz: mel.sampleRateHz,
    windowsSec,
    ends: model.ends ?? 'inside',
    ...(model.quietestDbfs === undefined ? {} : { quietestDbfs: model.quietestDbfs }),
    ...(model.output.presentFrom === undefined ? {} : { presentFrom: model.output.presentFrom }),
    meaning: model.output.activation,
    width: classes.length,
    classes,
    encode,
  };
}
