import { EarsightError } from '../../errors.js';

/** A prefix in a bucket of S3-compatible storage. */
export interface BucketUrl {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

/** Names that every S3-compatible server takes, and that need no escape anywhere. */
const URL_FORM = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.-]+)*)\/?$/;

/** Whether the place of a run's results is a bucket; else it is a folder. */
export function isBucketUrl(place: string): boolean {
  return place.startsWith('s3://');
}

/** @throws EarsightError EARSIGHT_USAGE. */
export function parseBucketUrl(url: string): BucketUrl {
  const [, bucket, path = ''] = URL_FORM.exec(url) ?? [];
  // A dot alone would be a folder of another name to some servers.
  if (bucket === undefined || path.split('/').some((part) => part === '.' || part === '..'))
    throw new EarsightError('EARSIGHT_USAGE', { reason: `a store is s3://bucket/prefix, of plain letters and digits` });
  return { bucket, prefix: path.slice(1) };
}

/** The one way to write a place, so that two who mean the same one say the same. */
export function bucketUrlText({ bucket, prefix }: BucketUrl): string {
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}
