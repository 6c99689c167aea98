import { openAudioTags } from '../encoders/audio-tags.js';
import type {
  FaceFinder,
  FrameEncoder,
  ModelIdentity,
  ObjectDetector,
  PoseFinder,
  SoundEncoder,
  SpeechActivity,
  TextEncoder,
  Transcriber,
} from '../encoders/encoder.js';
import { openAudioText } from '../encoders/audio-text.js';
import { openFaces } from '../encoders/faces.js';
import { openImageTags } from '../encoders/image-tags.js';
import { openImageText } from '../encoders/image-text.js';
import { openObjects } from '../encoders/objects.js';
import { openPoses } from '../encoders/poses.js';
import { openSpeechActivity } from '../encoders/speech-activity.js';
import { openTranscriber } from '../encoders/transcriber.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { LoadedPacks } from './loaded-packs.js';
import type { ResolvedStack } from './resolve-packs.js';

/** Loads and warms up every network of a stack in the threads of the pool. The caller still closes the pool. */
export async function loadPacks(resolved: ResolvedStack, pool: InferencePool): Promise<LoadedPacks> {
  const frames: FrameEncoder[] = [];
  const sounds: SoundEncoder[] = [];
  const detectors: ObjectDetector[] = [];
  const texts = new Map<ModelIdentity, TextEncoder>();
  // There is one network of each of these roles: that of the first pack that has one.
  let faces: FaceFinder | null = null;
  let poses: PoseFinder | null = null;
  let speech: SpeechActivity | null = null;
  let transcriber: Transcriber | null = null;
  for (const { identity, folder, manifest } of resolved.models)
    switch (manifest.role) {
      case 'image-tags':
        frames.push(await openImageTags(identity, folder, manifest, pool));
        break;
      case 'audio-tags':
        sounds.push(await openAudioTags(identity, folder, manifest, pool));
        break;
      case 'objects':
        detectors.push(await openObjects(identity, folder, manifest, pool));
        break;
      case 'faces':
        faces ??= await openFaces(identity, folder, manifest, pool);
        break;
      case 'poses':
        poses ??= await openPoses(identity, folder, manifest, pool);
        break;
      case 'speech-activity':
        speech ??= await openSpeechActivity(identity, folder, manifest, pool);
        break;
      case 'transcriber':
        transcriber ??= await openTranscriber(identity, folder, manifest, pool);
        break;
      case 'image-text': {
        const opened = await openImageText(identity, folder, manifest, pool);
        frames.push(opened.frames);
        texts.set(identity, opened.text);
        break;
      }
      case 'audio-text': {
        const opened = await openAudioText(identity, folder, manifest, pool);
        sounds.push(opened.sounds);
        texts.set(identity, opened.text);
      }
    }
  return {
    names: resolved.names,
    identities: resolved.identities,
    geometries: resolved.geometries,
    sampleRatesHz: resolved.sampleRatesHz,
    device: pool.device,
    frames,
    sounds,
    detectors,
    faces,
    poses,
    speech,
    transcriber,
    textFor: (encoder) => texts.get(encoder) ?? null,
  };
}
