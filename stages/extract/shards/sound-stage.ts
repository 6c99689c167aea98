import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../../../core/stage.js';
import type { DecodedSound } from '../decode/decode.js';
import { decodeSource } from '../decode/decode-source.js';
import { openSource } from '../probe/open-source.js';
import { extractParamsSchema, type ExtractParams } from '../params.js';
import { progressOf } from '../extract-stage.js';
import { SOUND_FILE, type SoundShard } from './shard-info.js';

/** Decodes the whole sound of a video whose picture is decoded in parts: it is cheap, and loudness depends on all sound before. */
export const extractSoundStage: Stage<ExtractParams, unknown, never> = {
  name: 'extract-sound',
  version: 3,
  inputs: [],
  params: extractParamsSchema,
  resource: 'media',
  scratch: true,
  async run(context) {
    const { params, folder, signal } = context;
    const source = await openSource(await context.sourceFile(), folder, params, signal, true);
    const shard = source.request.audio ? await decodeSound() : { schema: 1 as const, doubt: null, sound: null };
    await source.assertUnchanged();
    await writeFile(join(folder, SOUND_FILE), JSON.stringify(shard));

    async function decodeSound(): Promise<SoundShard> {
      const onTime = progressOf(context, source.request.probed.claimedSec);
      const hooks = { signal, onTime };
      const { outcome, ended, sound } = await decodeSource({ ...source.request, video: null }, hooks);
      const whole = outcome.exitCode === 0 && !outcome.killedBy && ended && outcome.stderrTotal === 0;
      return { schema: 1, doubt: whole ? null : 'the sound is damaged', sound: sound && copyOf(sound) };
    }
  },
};

function copyOf(sound: DecodedSound): SoundShard['sound'] {
  const { waves, opposed, bad } = sound;
  return {
    ...sound,
    waves: waves.map((wave) => ({ ...wave })),
    opposed: opposed.map((span) => ({ ...span, signs: [...span.signs] })),
    bad: bad && { ...bad },
  };
}
