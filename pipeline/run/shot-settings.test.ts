import { describe, expect, it } from 'vitest';
import { shotSettingsOf } from './shot-settings.js';

describe('shotSettingsOf', () => {
  it('is null for a run that says nothing about shots', () => {
    expect(shotSettingsOf({})).toBeNull();
    expect(shotSettingsOf({ frames: 'keyframes' })).toBeNull();
  });

  it('keeps what was said and adds no defaults', () => {
    expect(shotSettingsOf({ detector: 'content', threshold: 30 })).toStrictEqual({
      detector: 'content',
      threshold: 30,
    });
    expect(shotSettingsOf({ minShotSec: 0 })).toStrictEqual({ minShotSec: 0 });
    expect(shotSettingsOf({ frames: 'keyframes', detector: 'content', threshold: 255 })).toStrictEqual({
      detector: 'content',
      threshold: 255,
    });
  });

  it.each([
    { options: { threshold: 0 }, names: '--threshold' },
    { options: { threshold: 255.1 }, names: '--threshold' },
    { options: { threshold: Number.NaN }, names: '--threshold' },
    { options: { minShotSec: -0.1 }, names: '--min-shot' },
    { options: { minShotSec: 3601 }, names: '--min-shot' },
    { options: { detector: 'histogram' as 'content' }, names: '--detector' },
    { options: { frames: 'keyframes' as const, minShotSec: 1 }, names: '--min-shot' },
    { options: { frames: 'keyframes' as const, threshold: 30 }, names: '--detector content' },
    { options: { frames: 'keyframes' as const, detector: 'adaptive' as const }, names: '--detector adaptive' },
  ])('refuses $options and names $names', ({ options, names }) => {
    expect(() => shotSettingsOf(options)).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_USAGE', message: expect.stringContaining(names) as string }) as Error,
    );
  });
});
