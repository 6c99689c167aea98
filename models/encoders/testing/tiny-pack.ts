import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../packs/file-hashes.js';
import { writeClap } from './tiny-clap.js';
import { writeClip } from './tiny-clip.js';

/**
 * Writes a pack of two networks with random weights to `folder`: a CLIP in `clip/` and a CLAP in `clap/`, in the hub's
 * layout, which Transformers.js loads too. `tokenizers` contains the real tokenizer folders.
 */
export async function writeTinyPack(folder: string, tokenizers: string, windowsSec?: number[]): Promise<void> {
  await writeClip(join(folder, 'clip'), join(tokenizers, 'clip-vit-base-patch32'));
  await writeClap(join(folder, 'clap'), join(tokenizers, 'clap-htsat-fused'));
  const entry = async (role: string, inside: string, tower: string, prompt: string, logitScale: number) => ({
    role,
    name: `tiny-${inside}`,
    licence: 'MIT',
    folder: inside,
    prompt,
    logitScale,
    files: await Promise.all(
      [`${inside}/onnx/${tower}.onnx`, `${inside}/onnx/text_model.onnx`].map(async (path) => ({
        path,
        sha256: await hashFile(join(folder, path)),
      })),
    ),
  });
  const sound = await entry('audio-text', 'clap', 'audio_model', 'This is a sound of {label}.', 14.3);
  const models = [
    await entry('image-text', 'clip', 'vision_model', 'A photo of {label}.', 100),
    windowsSec === undefined ? sound : { ...sound, windowsSec },
  ];
  await writeFile(join(folder, 'pack.json'), JSON.stringify({ schema: 1, name: 'tiny', description: 'tiny', models }));
}
