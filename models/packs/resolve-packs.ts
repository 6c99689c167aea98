import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, posix, relative, resolve } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { FrameGeometry, ModelIdentity } from '../encoders/encoder.js';
import { geometryName } from '../encoders/encoder.js';
import { inputRequirementsOf } from '../encoders/input-requirements.js';
import { BUILT_IN, BUILT_IN_FOLDER } from './built-in.js';
import { defaultCacheDir, packFolder } from './cache-dir.js';
import { importNetwork } from './imported-network.js';
import type { ResolvedPacks } from './loaded-packs.js';
import type { ManifestModel } from '../manifest/manifest.js';
import { FileHashes } from './file-hashes.js';
import { readPack } from './hub-folder.js';

/** One network of a stack: its manifest entry, and the folder of its files. */
export interface ResolvedModel {
  readonly identity: ModelIdentity;
  readonly folder: string;
  readonly manifest: ManifestModel;
}

/** The input of loadPacks. */
export interface ResolvedStack extends ResolvedPacks {
  readonly models: readonly ResolvedModel[];
  /** Why networks of the built-in pack were left out, and remarks on those that were not. */
  readonly warnings: readonly EarsightError[];
}

export interface ResolveOptions {
  readonly cacheDir?: string;
  /** Where packages with networks to import are searched; by default where Node searches. */
  readonly packageFolders?: readonly string[];
}

/**
 * Reads the manifests of packs, which are given as folders or as names of pulled packs, and checks every file against its
 * SHA-256. It uses no internet connection and loads no network. Networks of the built-in pack that cannot be used are left
 * out with a warning.
 * @throws EARSIGHT_PACK_MISSING, EARSIGHT_PACK_INVALID, EARSIGHT_PACK_HASH, EARSIGHT_PACKAGE_MISSING,
 * EARSIGHT_PACKAGE_VERSION
 */
export async function resolvePacks(
  namesOrPaths: readonly string[],
  options: ResolveOptions = {},
): Promise<ResolvedStack> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const files = new FileHashes(cacheDir);
  const names: string[] = [];
  const models: ResolvedModel[] = [];
  const warnings: EarsightError[] = [];
  for (const nameOrPath of namesOrPaths) {
    const folder = folderOf(nameOrPath, cacheDir);
    const manifest = await readPack(folder, files);
    names.push(manifest.name);
    const resolveModel = async (model: ManifestModel): Promise<ResolvedModel> => {
      const { name, role, licence } = model;
      const identity = async (network: readonly string[]): Promise<ModelIdentity> => {
        const sha256 = createHash('sha256').update(network.join(''));
        for (const path of companionFiles(model)) sha256.update((await hashInside(path, folder, files)) ?? 'none');
        return { pack: manifest.name, name, role, licence, sha256: sha256.digest('hex') };
      };
      if (model.importedFrom === undefined)
        return { identity: await identity(await checkedFiles(model, folder, files)), folder, manifest: model };
      const made = await importNetwork(model, model.importedFrom, cacheDir, files, options.packageFolders);
      if (made.warning !== null) warnings.push(made.warning);
      // From here on it differs from other networks only in where its file lies.
      const network = { path: relative(folder, made.path), sha256: made.sha256 };
      return { identity: await identity([made.sha256]), folder, manifest: { ...model, files: [network] } };
    };
    for (const model of manifest.models) {
      try {
        models.push(await resolveModel(model));
      } catch (error) {
        if (folder !== BUILT_IN_FOLDER) throw error;
        warnings.push(toEarsightError(error));
      }
    }
  }
  await files.save();
  const demands = await Promise.all(models.map(({ manifest, folder }) => inputRequirementsOf(manifest, folder)));
  return {
    names,
    models,
    warnings,
    identities: models.map((model) => model.identity),
    geometries: distinct(demands.flatMap(({ geometry }) => (geometry ? [geometry] : []))),
    sampleRatesHz: [...new Set(demands.flatMap(({ sampleRateHz }) => sampleRateHz ?? []))].sort((a, b) => a - b),
  };
}

/** Returns a reference that is valid in any working folder and, if it is a name, on any machine that has the pack. */
export function packReference(nameOrPath: string): string {
  return isName(nameOrPath) ? nameOrPath : resolve(nameOrPath);
}

function folderOf(nameOrPath: string, cacheDir: string): string {
  if (nameOrPath === BUILT_IN) return BUILT_IN_FOLDER;
  return isName(nameOrPath) ? packFolder(cacheDir, nameOrPath) : resolve(nameOrPath);
}

/** Whether this is `built-in` or the name of a pulled pack, and not a path or the name of an existing folder. */
function isName(nameOrPath: string): boolean {
  return nameOrPath === BUILT_IN || (/^[a-z0-9][a-z0-9-]*$/.test(nameOrPath) && !existsSync(nameOrPath));
}

/** Returns the hashes of the files of a model, after checking each against the manifest. */
async function checkedFiles(model: ManifestModel, folder: string, files: FileHashes): Promise<string[]> {
  for (const { path, sha256 } of model.files) {
    const found = await hashInside(path, folder, files);
    if (found === null) {
      const reason = `its file ${path} is missing`;
      throw new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason });
    }
    if (found !== sha256)
      throw new EarsightError('EARSIGHT_PACK_HASH', { path: join(folder, path), expected: sha256, found });
  }
  return model.files.map(({ sha256 }) => sha256);
}

/** Returns null when there is no such file. */
async function hashInside(path: string, folder: string, files: FileHashes): Promise<string | null> {
  await checkInside(join(folder, path), folder);
  return await files.sha256Of(join(folder, path));
}

/** Refuses a link that leads out of the pack. */
async function checkInside(path: string, folder: string): Promise<void> {
  const real = await realpath(path).catch(() => null);
  if (real === null) return;
  const inside = relative(await realpath(folder), real);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason: `${path} leads out of the pack` });
}

/** The files of the hub's layout that are read beside the networks. */
const HUB_FILES = ['preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** A transcriber's special tokens and alignment heads are in these. */
const TRANSCRIBER_FILES = ['config.json', 'generation_config.json'];

/**
 * The files that define a network's input and the meaning of its output, unless the manifest already lists them with a
 * hash: the class list, or the preprocessing and the tokenizer of the hub's layout.
 */
function companionFiles(model: ManifestModel): string[] {
  const read =
    'labels' in model
      ? [model.labels.path]
      : 'folder' in model
        ? [...HUB_FILES, ...(model.role === 'transcriber' ? TRANSCRIBER_FILES : [])].map((name) =>
            posix.join(model.folder, name),
          )
        : [];
  return read.filter((path) => !model.files.some((file) => file.path === path));
}

function distinct(geometries: readonly FrameGeometry[]): FrameGeometry[] {
  return [...new Map(geometries.map((geometry) => [geometryName(geometry), geometry])).values()];
}
