import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import { IMPORTER_VERSION } from '../graph/import-tfjs/importer-version.js';
import { asCacheError } from './cache-dir.js';
import type { ManifestModel } from '../manifest/manifest.js';
import type { FileHashes } from './file-hashes.js';
import { writeFileAtomically } from '../../core/store/atomic-file.js';

type ImportedFrom = NonNullable<ManifestModel['importedFrom']>;
type Converted = Extract<ImportedFrom, { format: 'tfjs-graph-model' }>;

export interface ImportedNetwork {
  /** Path of the ONNX file. */
  readonly path: string;
  /** SHA-256 of the source files and of the import options. Results are kept under it. */
  readonly sha256: string;
  /** Set when the package has another version, but the files that were tested. */
  readonly warning: EarsightError | null;
}

/**
 * Imports a network of a registry package to ONNX; one that is ONNX already is used where it lies. The file is made once and kept in the cache folder, named by the hash
 * of its sources and the hash of its content; a file whose content has another hash is made again.
 * @param packageFolders where packages are searched; by default where Node searches
 * @throws EARSIGHT_PACKAGE_MISSING, EARSIGHT_PACKAGE_VERSION when another version has other files, EARSIGHT_PACK_HASH when
 * a file is damaged, EARSIGHT_CACHE_UNWRITABLE, EARSIGHT_GRAPH_OPERATOR or EARSIGHT_MODEL_UNREADABLE from the importer
 */
export async function importNetwork(
  model: ManifestModel,
  origin: ImportedFrom,
  cacheDir: string,
  files: FileHashes,
  packageFolders?: readonly string[],
): Promise<ImportedNetwork> {
  const folder = packageFolder(origin, packageFolders);
  const version = await versionOf(folder);
  const otherVersion =
    version === origin.version
      ? null
      : new EarsightError('EARSIGHT_PACKAGE_VERSION', {
          package: origin.package,
          found: version,
          expected: origin.version,
          model: model.name,
        });
  for (const { path, sha256 } of model.files) {
    const full = join(folder, path);
    const found = await files.sha256Of(full);
    if (found === sha256) continue;
    if (otherVersion !== null) throw otherVersion;
    throw new EarsightError('EARSIGHT_PACK_HASH', { path: full, expected: sha256, found: found ?? 'no such file' });
  }
  const [first] = model.files;
  if (origin.format === 'onnx' && first !== undefined)
    return { path: join(folder, first.path), sha256: first.sha256, warning: otherVersion };
  if (origin.format === 'onnx') throw new EarsightError('EARSIGHT_BUG', { reason: `${model.name} has no file` });
  const sha256 = createHash('sha256')
    .update(JSON.stringify([IMPORTER_VERSION, origin.format, origin.outputs, origin.joinedAs ?? null, shapeOf(model)]))
    .update(model.files.map((file) => file.sha256).join())
    .digest('hex');
  const kept = join(cacheDir, 'imported');
  const path = (await find(kept, sha256, files)) ?? (await make(kept, sha256, model, origin, folder));
  return { path, sha256, warning: otherVersion };
}

function packageFolder(origin: ImportedFrom, folders?: readonly string[]): string {
  const searched = folders ?? createRequire(import.meta.url).resolve.paths(origin.package) ?? [];
  const found = searched.map((folder) => join(folder, origin.package)).find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  throw new EarsightError('EARSIGHT_PACKAGE_MISSING', { package: `${origin.package}@${origin.version}` });
}

async function versionOf(folder: string): Promise<string> {
  try {
    const described: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const version: unknown = described instanceof Object && 'version' in described ? described.version : null;
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Finds a kept file. Its name contains the hash of its content, so that a damaged or partial file is never used. */
async function find(kept: string, key: string, files: FileHashes): Promise<string | null> {
  const names = await readdir(kept).catch(() => []);
  for (const name of names) {
    const [, content] = /^([0-9a-f]{64})-([0-9a-f]{64})\.onnx$/.exec(name)?.slice(1) ?? [];
    if (!name.startsWith(key) || content === undefined) continue;
    const path = join(kept, name);
    if ((await files.sha256Of(path)) === content) return path;
    await rm(path, { force: true });
  }
  return null;
}

async function make(
  kept: string,
  key: string,
  model: ManifestModel,
  origin: Converted,
  folder: string,
): Promise<string> {
  // The importer and its table of operators are loaded only when there is something to import.
  const { importToOnnx } = await import('../graph/import-tfjs/import-graph-model.js');
  const [json, ...shards] = await Promise.all(model.files.map(({ path }) => readFile(join(folder, path))));
  const named = new Map(
    shards.map((bytes, index) => [basename(model.files[index + 1]?.path ?? ''), new Uint8Array(bytes)]),
  );
  const [batch, , height, width] = shapeOf(model);
  const bytes = importToOnnx(json ?? new Uint8Array(), named, {
    outputs: origin.outputs,
    ...(typeof batch === 'string' ? { batch } : {}),
    ...(height === undefined || width === undefined ? {} : { sides: [height, width] as const }),
    ...(origin.joinedAs === undefined ? {} : { joinedAs: origin.joinedAs }),
  });
  const content = createHash('sha256').update(bytes).digest('hex');
  const path = join(kept, `${key}-${content}.onnx`);
  try {
    await mkdir(kept, { recursive: true });
    await writeFileAtomically(path, bytes);
  } catch (error) {
    throw asCacheError(error, path);
  }
  return path;
}

/** The shape of the network's input, or an empty one if the manifest has none. */
function shapeOf(model: ManifestModel): readonly (string | number)[] {
  return 'input' in model && 'shape' in model.input ? model.input.shape : [];
}
