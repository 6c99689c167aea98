import { describe, expect, it } from 'vitest';
import { scaleTo, smallPicture } from './picture-geometry.js';

const HD = { width: 1920, height: 1080 };

describe('picture geometry', () => {
  it('crops the centre of the scaled picture, as the image processors do', () => {
    const { filters } = scaleTo({ width: 224, height: 224, fit: 'crop', shortSide: 256 }, HD);
    // 256 / 1080 × 1920 = 455.1 wide; (455 - 224) / 2 = 115.5 from the left.
    expect(filters).toMatch(/^scale=w='if\(.*,455,.*h='if\(.*,256,.*,crop=224:224:115:16$/);
  });

  it('does not lose a pixel to an inexact fraction', () => {
    expect(scaleTo({ width: 224, height: 224, fit: 'crop' }, { width: 360, height: 360 }).filters).toContain(
      'pad=224:224',
    );
    expect(scaleTo({ width: 640, height: 640, fit: 'letterbox' }, { width: 49, height: 49 }).filters).toContain(
      'pad=640:640',
    );
  });

  it('fits a picture inside the box without padding or enlarging', () => {
    expect(scaleTo({ width: 320, height: 320, fit: 'inside' }, HD)).toMatchObject({ width: 320, height: 180 });
    expect(scaleTo({ width: 320, height: 320, fit: 'inside' }, { width: 10, height: 4 })).toMatchObject({ width: 10 });
  });

  it('pads on the right and at the bottom', () => {
    const { filters, width, height } = scaleTo({ width: 416, height: 416, fit: 'letterbox', pad: 0 }, HD);
    expect([width, height]).toEqual([416, 416]);
    expect(filters).toMatch(/,pad=416:234:.*,pad=416:416:0:0:color=0x000000$/);
  });

  it('pads only up to the next multiple when the geometry has one', () => {
    const geometry = { width: 512, height: 512, fit: 'letterbox', multiple: 32 } as const;
    expect(scaleTo(geometry, HD)).toMatchObject({ width: 512, height: 288 });
    expect(scaleTo(geometry, { width: 576, height: 720 })).toMatchObject({ width: 416, height: 512 });
    expect(scaleTo(geometry, { width: 3000, height: 10 })).toMatchObject({ width: 512, height: 32 });
  });

  it('cuts the middle out of a picture that is too long to be scaled whole', () => {
    const long = scaleTo({ width: 256, height: 256, fit: 'crop' }, { width: 30_000, height: 4 });
    // Four columns at 64 times their size, and the margin.
    expect(long.filters).toMatch(/^crop=12:ih,scale=.*,768,.*,crop=256:256:256:0$/);
    const tall = scaleTo({ width: 224, height: 224, fit: 'crop', shortSide: 256 }, { width: 2, height: 16_000 });
    expect(tall.filters).toMatch(/^crop=iw:10,scale=.*,1280,.*,crop=224:224:16:528$/);
  });

  it('reduces the small picture to a width of 256, and leaves a narrower one', () => {
    expect(smallPicture(HD)).toMatchObject({ width: 256, height: 144 });
    expect(smallPicture({ width: 255, height: 100 })).toMatchObject({ width: 255, height: 100 });
  });
});
