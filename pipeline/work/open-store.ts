import { join } from 'node:path';
import { defaultCacheDir } from '../../models/packs/cache-dir.js';
import { EarsightError } from '../../core/errors.js';
import type { BucketStore } from '../../core/store/bucket/bucket-store.js';
import { isBucketUrl, parseBucketUrl, bucketUrlText } from '../../core/store/bucket/bucket-url.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { FolderDocuments, type Documents } from '../../core/store/documents.js';

/** The S3 client is large, so it is imported only when a run uses a bucket. */
export async function openBucketStore(url: string): Promise<BucketStore> {
  const { Bucket } = await import('../../core/store/bucket/bucket.js');
  const { BucketStore } = await import('../../core/store/bucket/bucket-store.js');
  const cacheFolder = join(defaultCacheDir(), 'stores', hashOf(url).slice(0, 16));
  return await BucketStore.open({ bucket: new Bucket(parseBucketUrl(url)), cacheFolder });
}

/** @param location the output folder of a run, or the URL of its bucket. */
export async function openDocuments(location: string): Promise<Documents> {
  if (!isBucketUrl(location)) return new FolderDocuments(join(location, '.earsight'));
  const { Bucket } = await import('../../core/store/bucket/bucket.js');
  const { BucketDocuments } = await import('../../core/store/bucket/bucket-documents.js');
  return new BucketDocuments(new Bucket(parseBucketUrl(location)));
}

/** Where the artefacts of a run and the documents for its workers are kept. */
export interface OpenedStores {
  /** The output folder or the URL of the bucket, as jobs name it. */
  readonly out: string;
  readonly documents: Documents;
  /** Null when the artefacts are kept in the output folder, which the workers share. */
  readonly store: BucketStore | null;
}

/**
 * @param out the output folder, absolute.
 * @throws EarsightError EARSIGHT_USAGE for a bucket without a fleet.
 */
export async function openStores(
  { store, redis }: { readonly store?: string | undefined; readonly redis?: string | undefined },
  out: string,
): Promise<OpenedStores> {
  if (store === undefined) return { out, documents: await openDocuments(out), store: null };
  if (redis === undefined)
    throw new EarsightError('EARSIGHT_USAGE', { reason: 'a bucket as store needs --engine bullmq, or serve --redis' });
  const url = bucketUrlText(parseBucketUrl(store));
  return { out: url, documents: await openDocuments(url), store: await openBucketStore(url) };
}
