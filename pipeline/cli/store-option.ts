import { Option } from 'commander';

/** `--store`, for every command that must know where the work of a fleet lies; a worker learns it from the jobs. */
export function storeOption(): Option {
  return new Option(
    '--store <url>',
    's3://bucket/prefix, for workers that share no folder; server and keys from AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID …',
  );
}
