import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import type { Manifest, ManifestModel } from '../manifest/manifest.js';
import { readManifest } from '../manifest/read-manifest.js';
import type { FileHashes } from './file-hashes.js';

const configSchema = z.object({
  model_type: z.string(),
  'transformers.js_config': z.object({ dtype: z.unknown() }).optional(),
});

/** Which networks of a snapshot of the hub make a role, by the `model_type` of its config.json. */
const ROLES: Readonly<
  Record<
    string,
    { readonly networks: readonly string[]; readonly model: Pick<ManifestModel, 'role'> & Record<string, unknown> }
  >
> = {
  whisper: { networks: ['encoder_model', 'decoder_model_merged'], model: { role: 'transcriber' } },
  clip: {
    networks: ['vision_model', 'text_model'],
    // The prompt and the scale of the pack clip-clap.
    model: { role: 'image-text', prompt: 'A photo of {label}.', logitScale: 100 },
  },
  clap: {
    networks: ['audio_model', 'text_model'],
    model: { role: 'audio-text', prompt: 'This is a sound of {label}.', logitScale: 1 / 0.07 },
  },
};

/** Endings of the hub's file names by precision, in the order in which they are taken when config.json names none. */
const ENDINGS: readonly (readonly [dtype: string, ending: string])[] = [
  ['fp32', ''],
  ['q8', '_quantized'],
  ['int8', '_int8'],
  ['uint8', '_uint8'],
  ['q4', '_q4'],
  ['bnb4', '_bnb4'],
];

/**
 * Reads the manifest of a pack. A folder in the hub's layout without a `pack.json`, such as a snapshot of a repository, is a
 * pack of one network: `model_type` of its config.json says the role. Its files are as they were found: nobody stated
 * hashes that they could be held to.
 * @throws EARSIGHT_PACK_MISSING, EARSIGHT_PACK_INVALID
 */
export async function readPack(folder: string, files: FileHashes): Promise<Manifest> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => null);
  const names = await readdir(folder).catch(() => [] as string[]);
  if (text === null || names.includes('pack.json')) return await readManifest(folder);
  const invalid = (reason: string): EarsightError =>
    new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('its config.json is not JSON');
  }
  const config = configSchema.safeParse(json);
  if (!config.success) throw invalid('its config.json has no model_type');
  const known = ROLES[config.data.model_type];
  if (known === undefined)
    throw invalid(
      `no role is known for its model_type ${config.data.model_type}, only for ${Object.keys(ROLES).join(', ')}`,
    );
  const wanted = config.data['transformers.js_config']?.dtype;
  const onnx = await readdir(join(folder, 'onnx')).catch(() => [] as string[]);
  const listed = [];
  for (const network of known.networks) {
    const file = networkFile(network, onnx, typeof wanted === 'string' ? wanted : null);
    if (file === null) throw invalid(`it has no onnx/${network}.onnx`);
    for (const name of [file, ...onnx.filter((other) => other.startsWith(`${file}_data`))]) {
      const sha256 = await files.sha256Of(join(folder, 'onnx', name));
      if (sha256 === null) throw invalid(`its file onnx/${name} cannot be read`);
      listed.push({ path: `onnx/${name}`, sha256 });
    }
  }
  const name = packName(folder);
  // The roles above differ in their further fields, which the table gives.
  const model = { ...known.model, name, licence: 'not stated', folder: '.', files: listed } as unknown as ManifestModel;
  return { schema: 1, name, description: `${config.data.model_type} in the hub's layout`, models: [model] };
}

function networkFile(network: string, onnx: readonly string[], dtype: string | null): string | null {
  const ordered = [...ENDINGS].sort(([a], [b]) => Number(b === dtype) - Number(a === dtype));
  return ordered.map(([, ending]) => `${network}${ending}.onnx`).find((name) => onnx.includes(name)) ?? null;
}

/** The name of the folder as the name of a pack; of a snapshot in the hub's cache, that of its repository. */
function packName(folder: string): string {
  const repository = /models--(?:.+--)?([^/]+)\/snapshots\/[0-9a-f]+\/?$/.exec(resolve(folder))?.[1];
  const name = (repository ?? basename(resolve(folder))).toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return name.replace(/^-+|-+$/g, '') || 'pack';
}
