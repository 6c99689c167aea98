import type { CameraMovement } from '../../pipeline/schemas/shots.js';
import { seededRandom } from './random.js';
import { drawTexture, type Texture } from './texture.js';

/** A shot that never was: a window moving over a drawn scene, perhaps with something in front of it. */
export interface CameraClip {
  readonly movement: CameraMovement;
  readonly description: string;
  readonly frameRate: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** True magnitude in the units of pipeline/schemas/shots.ts; null where none is defined. */
  readonly magnitude: number | null;
  render(frame: number): Uint8Array;
}

interface View {
  /** Centre in scene pixels. */
  readonly x: number;
  readonly y: number;
  /** Output pixels a scene pixel. */
  readonly zoom: number;
  readonly roll: number;
}

const SCENE = { width: 1500, height: 1100 };

/** Every parameter of the clip follows from the seed, the movement apart. */
export function cameraClip(movement: CameraMovement, seed: number): CameraClip {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const log = (low: number, high: number): number => low * (high / low) ** random();
  const pick = <T>(...options: [T, ...T[]]): T => options[Math.floor(random() * options.length)] ?? options[0];

  const scene = drawTexture(SCENE.width, SCENE.height, random);
  const frameRate = pick(24, 25, 30, 50);
  const durationSec = between(1.2, 4);
  const frames = Math.round(durationSec * frameRate);
  const [width, height] = pick([256, 144], [256, 144], [256, 192], [256, 108]);
  const noise = between(0, 4);
  const flicker = random() < 0.2 ? between(2, 12) : 0;
  const axis = movement.startsWith('pan') ? 'x' : movement.startsWith('tilt') ? 'y' : 'zoom';
  const moving = movement !== 'static' && movement !== 'handheld';
  const sign = movement === 'pan-left' || movement === 'tilt-up' || movement === 'zoom-out' ? -1 : 1;
  // No further than the scene reaches.
  const speed = !moving ? 0 : axis === 'zoom' ? Math.min(log(0.05, 0.6), 1.2 / durationSec) : Math.min(log(0.05, 1), 3 / durationSec); // prettier-ignore
  // A hand also holds cameras that pan; a tripod stands less than perfectly still.
  const shakeSpeed = movement === 'handheld' ? log(0.06, 0.5) : moving ? pick(0, 0, speed * 0.3) : pick(0, 0.004);
  const shake = shakePath(shakeSpeed, random);
  const eased = random() < 0.5;
  const travelled = (t: number): number => speed * durationSec * (eased ? ease(t / durationSec) : t / durationSec);
  const object = random() < 0.4 ? movingObject(random, width, height) : null;
  const middleZoom = between(0.9, 1.1);

  const viewAt = (t: number): View => {
    const way = sign * (travelled(t) - (speed * durationSec) / 2);
    const hand = shake(t);
    const zoom = middleZoom * (axis === 'zoom' ? Math.exp(way) : 1);
    return {
      x: SCENE.width / 2 + ((axis === 'x' ? way : 0) + hand.x) * (width / zoom),
      y: SCENE.height / 2 + (axis === 'y' ? way * (height / zoom) : 0) + hand.y * (width / zoom),
      zoom,
      roll: hand.roll,
    };
  };
  return {
    movement,
    description: `${movement} ${speed.toFixed(3)} shake ${shakeSpeed.toFixed(3)} ${width}×${height} at ${frameRate}${object ? ', object in front' : ''}${eased ? ', eased' : ''}`,
    frameRate,
    frames,
    width,
    height,
    magnitude: moving ? speed : null,
    render(frame) {
      const grain = seededRandom(seed * 7919 + frame);
      const rgb = new Uint8Array(width * height * 3);
      renderScene(scene, viewAt(frame / frameRate), rgb, width, height);
      object?.paint(frame / frameRate, rgb);
      const light = flicker * Math.sin((frame / frameRate) * 9);
      for (let i = 0; i < rgb.length; i += 1)
        rgb[i] = Math.max(0, Math.min(255, (rgb[i] ?? 0) + light + (grain() + grain() - 1) * noise * 1.7));
      return rgb;
    },
  };
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}

/** A sum of sines from 0.4 to 6 Hz whose speed has the given root mean square, in picture widths a second. */
function shakePath(speed: number, random: () => number): (t: number) => { x: number; y: number; roll: number } {
  const waves = Array.from({ length: 6 }, () => ({
    radians: 2 * Math.PI * 0.4 * 15 ** random(),
    phases: [random() * 7, random() * 7, random() * 7] as const,
  }));
  // Each of the 12 sines of x and y carries an equal share of the squared speed: a² w² / 2 = speed² / 12.
  const sway = (t: number, axis: 0 | 1 | 2): number =>
    waves.reduce((sum, { radians, phases }) => sum + Math.sin(radians * t + phases[axis]) / radians, 0) *
    speed *
    Math.sqrt(2 / 12);
  return (t) => ({ x: sway(t, 0), y: sway(t, 1), roll: sway(t, 2) * 0.5 });
}

/** A textured disc, a tenth to a third of the picture's area, that crosses it or hovers. */
function movingObject(random: () => number, width: number, height: number) {
  const skin = drawTexture(400, 400, random);
  const radius = Math.sqrt(((0.1 + 0.2 * random()) * width * height) / Math.PI);
  const fromX = random() * width;
  const fromY = height * (0.3 + 0.4 * random());
  const speedX = (random() - 0.5) * width * 0.8;
  const bob = random() * 0.1 * height;
  return {
    paint(t: number, rgb: Uint8Array): void {
      const x0 = (((fromX + speedX * t) % width) + width) % width;
      const y0 = fromY + bob * Math.sin(5 * t);
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          if ((x - x0) ** 2 + (y - y0) ** 2 > radius ** 2) continue;
          sample(skin, 200 + x - x0, 200 + y - y0, rgb, (y * width + x) * 3);
        }
      }
    },
  };
}

function renderScene(scene: Texture, view: View, rgb: Uint8Array, width: number, height: number): void {
  const cos = Math.cos(view.roll) / view.zoom;
  const sin = Math.sin(view.roll) / view.zoom;
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const u = x - (width - 1) / 2;
      const v = y - (height - 1) / 2;
      sample(scene, view.x + cos * u - sin * v, view.y + sin * u + cos * v, rgb, at);
    }
  }
}

/** Bilinear; the border is repeated. */
function sample(texture: Texture, x: number, y: number, rgb: Uint8Array, at: number): void {
  const { width, height } = texture;
  const cx = Math.max(0, Math.min(width - 1.001, x));
  const cy = Math.max(0, Math.min(height - 1.001, y));
  const left = cx | 0;
  const top = cy | 0;
  const fx = cx - left;
  const fy = cy - top;
  const from = (top * width + left) * 3;
  const below = from + width * 3;
  for (let c = 0; c < 3; c += 1) {
    const upper = (texture.rgb[from + c] ?? 0) * (1 - fx) + (texture.rgb[from + 3 + c] ?? 0) * fx;
    const lower = (texture.rgb[below + c] ?? 0) * (1 - fx) + (texture.rgb[below + 3 + c] ?? 0) * fx;
    rgb[at + c] = upper * (1 - fy) + lower * fy;
  }
}
