/**
 * The first columns of a row of `motion.f32`, before those of `cell-change.ts`: how a frame differs from the previous frame. The first frame of a video has zeros in all columns
 * but `luma`.
 *
 * - `hue`, `saturation`, `value`: mean absolute pixel difference in OpenCV's 8-bit HSV (hue 0..179, its difference taken
 *   linearly as the published content detector does; saturation and value 0..255).
 * - `luma`: mean luma of this frame, 0..255.
 * - `dx`, `dy`: how far the *picture* moved since the previous frame, in picture widths (right is positive) and picture
 *   heights (down is positive). A camera that pans right moves the picture left: `dx` < 0.
 * - `zoom`: natural logarithm of the picture's growth; it is positive when the camera zooms in.
 * - `roll`: rotation of the picture in radians, clockwise as seen.
 * - `support`: share of the picture's texture (squared luma gradient) that those four numbers explain, 0..1. It is low at a
 *   cut, in water or smoke and behind a large moving object; 0 for a picture without texture, whose motion is unknown.
 * - `residual`: mean absolute luma difference that remains when the global motion is removed: what moves by itself.
 */
export const MOTION_COLUMNS = [
  'hue',
  'saturation',
  'value',
  'luma',
  'dx',
  'dy',
  'zoom',
  'roll',
  'support',
  'residual',
] as const;

export type MotionColumn = (typeof MOTION_COLUMNS)[number];
