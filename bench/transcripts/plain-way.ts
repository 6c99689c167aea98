import { env, pipeline } from '@xenova/transformers';
import { samplesOf } from './listener.js';

/** The pipeline of Transformers.js as its documentation shows it, with times of words. */
export async function plainWay(models: string, name: string): Promise<(path: string) => Promise<unknown>> {
  env.allowRemoteModels = false;
  env.localModelPath = models;
  const recognise = await pipeline('automatic-speech-recognition', name, { dtype: 'q8' });
  return async (path) => await recognise(samplesOf(path), { return_timestamps: 'word', chunk_length_s: 30 });
}
