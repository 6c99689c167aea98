import { EarsightError } from '../../errors.js';

/** A prefix in a bucket of S3-compatible storage. */
export interface BucketUrl {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

/** Allows only names that every S3-compatible server accepts and that need no escaping anywhere. */
const URL_FORM = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.-]+)*)\/?$/;

/** Whether the location of a run's results is a bucket; otherwise it is a folder. */
export function isBucketUrl(location: string): boolean {
  return location.startsWith('s3://');
}

/** @throws EarsightError EARSIGHT_USAGE when the URL does not have the form `s3://bucket/prefix`. */
export function parseBucketUrl(url: string): BucketUrl {
  const [, bucket, path = ''] = URL_FORM.exec(url) ?? [];
  // Some servers resolve `.` and `..` as folders.
  if (bucket === undefined || path.split('/').some((part) => part === '.' || part === '..'))
    throw new EarsightError('EARSIGHT_USAGE', { reason: `a store is s3://bucket/prefix, of plain letters and digits` });
  return { bucket, prefix: path.slice(1) };
}

/** Returns the canonical URL, which is the same for every spelling of one location. */
export function bucketUrlText({ bucket, prefix }: BucketUrl): string {
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}
