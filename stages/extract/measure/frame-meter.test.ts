import { describe, expect, it } from 'vitest';
import { drawTexture } from '../../../fixtures/draw/texture.js';
import { randomStream } from '../../../fixtures/synth/random.js';
import { createFrameMeter } from './frame-meter.js';
import { MOTION_COLUMNS, type MotionColumn } from './motion-columns.js';

const WIDTH = 256;
const HEIGHT = 144;
const SCENE = drawTexture(600, 500, randomStream(3));

describe('createFrameMeter', () => {
  it('measures the 8-bit HSV differences of OpenCV, and zeros for the first frame', () => {
    // cv2.cvtColor(BGR2HSV): (200, 100, 50) is (10, 191, 200); (50, 100, 200) is (110, 191, 200); (7, 3, 5) is (165, 146, 7).
    const meter = createFrameMeter();
    expect(measure(meter, flat(200, 100, 50))).toMatchObject({ hue: 0, saturation: 0, value: 0, dx: 0, support: 0 });
    expect(measure(meter, flat(50, 100, 200))).toMatchObject({ hue: 100, saturation: 0, value: 0 });
    expect(measure(meter, flat(7, 3, 5))).toMatchObject({ hue: 55, saturation: 45, value: 193 });
  });

  it('measures direction and distance of a movement', () => {
    const meter = createFrameMeter();
    measure(meter, view(100, 100));
    // The window moves 5 right and 3 up over the scene: the picture moves left and down.
    const row = measure(meter, view(105, 97));
    expect(row.dx).toBeCloseTo(-5 / WIDTH, 3);
    expect(row.dy).toBeCloseTo(3 / HEIGHT, 3);
    expect(Math.abs(row.zoom)).toBeLessThan(0.002);
    expect(row.support).toBeGreaterThan(0.9);
  });

  it('measures a jump of a seventh of the width', () => {
    const meter = createFrameMeter();
    measure(meter, view(100, 100));
    expect(measure(meter, view(136, 100)).dx).toBeCloseTo(-36 / WIDTH, 2);
  });

  it('measures a zoom', () => {
    const meter = createFrameMeter();
    measure(meter, view(150, 150));
    expect(measure(meter, view(150, 150, 1.02)).zoom).toBeCloseTo(Math.log(1.02), 3);
  });

  it('has little support across a cut', () => {
    const meter = createFrameMeter();
    const other = drawTexture(600, 500, randomStream(4));
    measure(meter, view(100, 100));
    const row = measure(meter, view(100, 100, 1, other));
    expect(row.support).toBeLessThan(0.4);
    expect(row.hue + row.saturation + row.value).toBeGreaterThan(3 * 27);
  });

  it('reports no motion for a picture without texture', () => {
    const meter = createFrameMeter();
    measure(meter, flat(80, 80, 80));
    expect(measure(meter, flat(82, 82, 82))).toMatchObject({ dx: 0, dy: 0, zoom: 0, roll: 0, support: 0 });
  });

  it('restarts when the size changes, and accepts pictures too small for motion', () => {
    const meter = createFrameMeter();
    const row = new Float32Array(meter.columns.length);
    meter.measure(flat(1, 2, 3), WIDTH, HEIGHT, row);
    meter.measure(new Uint8Array(2 * 2 * 3).fill(200), 2, 2, row);
    expect(row[MOTION_COLUMNS.indexOf('value')]).toBe(0);
    meter.measure(new Uint8Array(2 * 2 * 3).fill(100), 2, 2, row);
    expect(row[MOTION_COLUMNS.indexOf('value')]).toBe(100);
    expect(row[MOTION_COLUMNS.indexOf('support')]).toBe(0);
  });

  it('measures where the picture changes, cell by cell', () => {
    const meter = createFrameMeter();
    const row = new Float32Array(meter.columns.length);
    const before = flat(100, 100, 100);
    meter.measure(before, WIDTH, HEIGHT, row);
    const after = before.slice();
    // The lower right cell of 16 × 9.
    for (let y = 128; y < 144; y += 1)
      for (let x = 240; x < 256; x += 1) after.fill(150, (y * WIDTH + x) * 3, (y * WIDTH + x + 1) * 3);
    meter.measure(after, WIDTH, HEIGHT, row);
    expect(row[meter.columns.indexOf('change-143')]).toBeCloseTo(50, 0);
    expect(row[meter.columns.indexOf('change-0')]).toBe(0);
    expect(row[meter.columns.indexOf('change-142')]).toBe(0);
  });

  it('refuses a frame of the wrong length', () => {
    expect(() => {
      createFrameMeter().measure(new Uint8Array(10), WIDTH, HEIGHT, new Float32Array(10));
    }).toThrow(RangeError);
  });
});

function measure(meter: ReturnType<typeof createFrameMeter>, rgb: Uint8Array): Record<MotionColumn, number> {
  const row = new Float32Array(meter.columns.length);
  meter.measure(rgb, WIDTH, HEIGHT, row);
  const columns = MOTION_COLUMNS.map((column, index) => [column, row[index] ?? NaN] as const);
  return Object.fromEntries(columns) as Record<MotionColumn, number>;
}

function flat(r: number, g: number, b: number): Uint8Array {
  return Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => [r, g, b][i % 3] ?? 0);
}

/** A window onto the scene, magnified about its own centre. */
function view(left: number, top: number, zoom = 1, scene = SCENE): Uint8Array {
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const u = left + (WIDTH - 1) / 2 + (x - (WIDTH - 1) / 2) / zoom;
      const v = top + (HEIGHT - 1) / 2 + (y - (HEIGHT - 1) / 2) / zoom;
      const fx = u - Math.floor(u);
      const fy = v - Math.floor(v);
      for (let c = 0; c < 3; c += 1) {
        const at = (Math.floor(v) * scene.width + Math.floor(u)) * 3 + c;
        const upper = (scene.rgb[at] ?? 0) * (1 - fx) + (scene.rgb[at + 3] ?? 0) * fx;
        const below = at + scene.width * 3;
        const lower = (scene.rgb[below] ?? 0) * (1 - fx) + (scene.rgb[below + 3] ?? 0) * fx;
        rgb[(y * WIDTH + x) * 3 + c] = Math.round(upper * (1 - fy) + lower * fy);
      }
    }
  }
  return rgb;
}
