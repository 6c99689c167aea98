import { cameraMovementSchema } from '../../core/schemas/shots.js';
import { cameraClip } from '../../fixtures/draw/camera-clip.js';
import { measureClip } from '../../stages/shots/testing/measure-clip.js';

/**
 * Evaluates camera movement detection on drawn clips: `tsx bench/shots/camera.ts [train|report] [seeds]`. Constants
 * were chosen on the `train` seeds (1, 2, …); only figures of the `report` seeds (1001, 1002, …) may be published.
 */
const [set = 'report', seeds = '12'] = process.argv.slice(2);
const first = set === 'train' ? 1 : 1001;
const movements = cameraMovementSchema.options;
const wrong: string[] = [];
const magnitudeErrors: number[] = [];
let right = 0;
let frames = 0;
let meterMs = 0;
for (let seed = first; seed < first + Number(seeds); seed += 1) {
  for (const [index, movement] of movements.entries()) {
    const clip = cameraClip(movement, seed * 100 + index);
    const result = measureClip(clip);
    frames += clip.frames;
    meterMs += result.meterMs;
    const found = result.camera?.movement ?? 'unknown';
    if (found === movement) right += 1;
    else wrong.push(`${clip.description} → ${found}`);
    if (found === movement && clip.magnitude !== null && result.camera)
      magnitudeErrors.push(Math.abs(result.camera.magnitude / clip.magnitude - 1));
  }
}
magnitudeErrors.sort((a, b) => a - b);
const quantile = (share: number): string =>
  ((magnitudeErrors[Math.floor(share * magnitudeErrors.length)] ?? NaN) * 100).toFixed(1);
for (const line of wrong) console.log(`wrong: ${line}`);
console.log(`${set}: ${right} of ${Number(seeds) * movements.length} right`);
console.log(`magnitude off by ${quantile(0.5)} % in the median, ${quantile(0.9)} % at the 90th percentile`);
console.log(`meter: ${(meterMs / frames).toFixed(2)} ms processor time a frame over ${frames} frames`);
