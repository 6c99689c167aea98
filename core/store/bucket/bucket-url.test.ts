import { describe, expect, it } from 'vitest';
import { bucketUrlText, parseBucketUrl } from './bucket-url.js';

describe('parseBucketUrl', () => {
  it.each([
    ['s3://videos', 'videos', ''],
    ['s3://videos/', 'videos', ''],
    ['s3://my.videos-2/team_1/run.3/', 'my.videos-2', 'team_1/run.3'],
  ])('accepts %s, and its canonical form', (url, bucket, prefix) => {
    expect(parseBucketUrl(url)).toEqual({ bucket, prefix });
    expect(parseBucketUrl(bucketUrlText({ bucket, prefix }))).toEqual({ bucket, prefix });
  });

  it.each([
    'videos',
    's3:/videos',
    's3://',
    's3://a',
    's3://Videos',
    's3://videos//run',
    's3://videos/../other',
    's3://videos/./run',
    's3://videos/run?x=1',
    's3://key:secret@videos/run',
    's3://videos/a b',
    'https://s3.example.org/videos',
  ])('refuses %s', (url) => {
    expect(() => parseBucketUrl(url)).toThrow(expect.objectContaining({ code: 'EARSIGHT_USAGE' }) as Error);
  });
});
