import { join } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool, PooledModel } from '../runtime/inference-pool.js';
import type { HeardWindow, ModelIdentity, Transcriber } from './encoder.js';
import { consumedSec, segmentsOf } from './hub/heard-segments.js';
import { towerFile } from './hub/tower-file.js';
import { readWhisperConfig, type WhisperConfig } from './hub/whisper-config.js';

const ENGLISH = 'en';

/**
 * A Whisper in the hub's layout. Its networks (45 MB to 3 GB) are loaded by the first window, because a run in which nobody
 * speaks does not need them. They run on the CPU wherever the others do (docs/decisions/0056-transcription.md).
 */
export async function openTranscriber(
  identity: ModelIdentity,
  packFolder: string,
  model: ModelOf<'transcriber'>,
  pool: InferencePool,
): Promise<Transcriber> {
  const folder = join(packFolder, model.folder);
  const config = await readWhisperConfig(folder);
  const { preparation, languages } = config;
  let loading: Promise<PooledModel> | null = null;
  const load = async (): Promise<PooledModel> =>
    await (
      await pool.onCpu()
    ).load({
      name: model.name,
      path: join(folder, towerFile(model, 'encoder_model')),
      preparation: {
        kind: 'speech',
        ...preparation,
        decoderPath: join(folder, towerFile(model, 'decoder_model_merged')),
      },
      outputs: ['last_hidden_state'],
      finish: { kind: 'none' },
      // Windows of a batch would run one after another: on the CPU a wider batch is no faster.
      maxBatch: 1,
      warmUp: [],
    });
  const codes = new Map([...languages].map(([code, token]) => [token, code]));
  return {
    identity,
    sampleRateHz: preparation.sampleRateHz,
    windowSec: preparation.frames / 100,
    languages: languages.size === 0 ? [ENGLISH] : [...languages.keys()],
    transcribe: async (samples, language, signal) => {
      if (signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
      loading ??= load().catch((error: unknown) => {
        loading = null;
        throw error;
      });
      const network = await loading;
      const size = preparation.frames * (preparation.sampleRateHz / 100);
      const padded = new Float32Array(size);
      padded.set(samples.subarray(0, size));
      const request = Int32Array.of(samples.length, language === null ? -1 : (languages.get(language) ?? -1));
      const results = await network.run(
        [
          { type: 'float32', dims: [size], data: padded },
          { type: 'int32', dims: [2], data: request },
        ],
        1,
        signal,
      );
      const [tokens, logProbabilities, starts, summary] = results.map(({ data }) => data);
      const [count = 0, noSpeechProbability = 0, spoken = 0, finished = 0, timed = 0] = summary ?? [];
      const window = {
        tokens: tokens?.subarray(0, count) ?? [],
        logProbabilities: logProbabilities ?? [],
        starts: timed === 1 && starts ? starts : null,
        seconds: Math.min(samples.length, size) / preparation.sampleRateHz,
      };
      return heardIn(window, codes.get(spoken) ?? ENGLISH, noSpeechProbability, finished === 1, config);
    },
  };
}

function heardIn(
  window: Parameters<typeof segmentsOf>[0],
  language: string,
  noSpeechProbability: number,
  finished: boolean,
  { preparation, text }: WhisperConfig,
): HeardWindow {
  return {
    language,
    noSpeechProbability,
    finished,
    consumedSec: consumedSec(window, preparation.tokens),
    segments: segmentsOf(window, preparation.tokens, text, language),
  };
}
