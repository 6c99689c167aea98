import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EarsightError } from '../../../core/errors.js';
import { readLabelFile } from '../../manifest/label-file.js';
import { readManifest } from '../../manifest/read-manifest.js';
import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import { AUDIOSET } from '../audioset.js';

/** Number of AudioSet classes, and width of the embedding before the classifier. */
export const TEACHER_CLASSES = 527;
export const TEACHER_FEATURES = 384;

/** The teacher's outputs for a batch of windows. */
export interface TeacherOutput {
  /** Class logits for the whole window, [windows, TEACHER_CLASSES]. */
  readonly logits: Float32Array;
  /** [windows, TEACHER_FEATURES] */
  readonly features: Float32Array;
  /** Class logits averaged over the whole window and its middle second, [windows, TEACHER_CLASSES]. */
  readonly pooled: Float32Array;
}

const BANDS = TAGGER_MEL.melBins;
const MIDDLE = { from: WINDOW_FRAMES / 4, length: WINDOW_FRAMES / 2 } as const;

/** The teacher: the sound tagger of a pack, with the 527 AudioSet classes and the same front end (EfficientAT's). */
export class Teacher {
  private constructor(
    private readonly session: InferenceSession,
    private readonly names: { readonly input: string; readonly scores: string; readonly features: string },
  ) {}

  static async open(pack: string, threads: number): Promise<Teacher> {
    const { models } = await readManifest(pack);
    const model = models.find(({ role }) => role === 'audio-tags');
    if (model?.role !== 'audio-tags' || model.output.embedding === undefined)
      throw new EarsightError('EARSIGHT_PACK_INVALID', {
        path: pack,
        reason: 'it has no audio-tags with an embedding',
      });
    const classes = await readLabelFile(join(pack, model.labels.path), model.labels.format);
    const session = await InferenceSession.create(join(pack, model.files[0]?.path ?? ''), {
      ...{ intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 4 },
    });
    const names = { input: model.input.name, scores: model.output.scores, features: model.output.embedding };
    if (classes.join('\n') !== AUDIOSET.join('\n'))
      throw new EarsightError('EARSIGHT_PACK_INVALID', {
        path: pack,
        reason: 'its audio-tags are not those of AudioSet',
      });
    return new Teacher(session, names);
  }

  /** Runs the teacher on the log-mel pictures of whole windows, [count, bands, frames]. */
  async predict(pictures: Float32Array, count: number): Promise<TeacherOutput> {
    const whole = await this.run(pictures, count, WINDOW_FRAMES);
    const middle = await this.run(middles(pictures, count), count, MIDDLE.length);
    const pooled = whole.logits.map((value, at) => (value + (middle.logits[at] ?? 0)) / 2);
    return { ...whole, pooled };
  }

  private async run(
    pictures: Float32Array,
    count: number,
    frames: number,
  ): Promise<{ readonly logits: Float32Array; readonly features: Float32Array }> {
    const { input, scores, features } = this.names;
    const outputs = await this.session.run({ [input]: new Tensor('float32', pictures, [count, 1, BANDS, frames]) });
    return { logits: floats(outputs[scores]), features: floats(outputs[features]) };
  }
}

/** The middle seconds of the pictures, [count, bands, frames / 2]. */
function middles(pictures: Float32Array, count: number): Float32Array {
  const cut = new Float32Array(count * BANDS * MIDDLE.length);
  for (let row = 0; row < count * BANDS; row++) {
    const from = row * WINDOW_FRAMES + MIDDLE.from;
    cut.set(pictures.subarray(from, from + MIDDLE.length), row * MIDDLE.length);
  }
  return cut;
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'teacher', reason: 'an output is not float32' });
}
