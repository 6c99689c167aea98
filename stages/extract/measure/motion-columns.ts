/**
 * One row of `motion.f32`: what a frame is against the frame before it. The first frame of a video has zeros everywhere
 * but in `luma`.
 *
 * - `hue`, `saturation`, `value`: mean absolute pixel difference in OpenCV's 8-bit HSV (hue 0..179, its difference taken
 *   linearly as the published content detector does; saturation and value 0..255).
 * - `luma`: mean luma of this frame, 0..255.
 * - `dx`, `dy`: how the *picture* moved since the previous frame, in picture widths (right is positive) and picture
 *   heights (down is positive). A camera that pans right moves the picture left: `dx` < 0.
 * - `zoom`: natural logarithm of the picture's growth; positive when the camera zooms in.
 * - `roll`: radians by which the picture turned, clockwise as seen.
 * - `support`: share of the picture's texture (squared luma gradient) that moved by those four numbers, 0..1. Low at a
 *   cut, in water or smoke, behind a large moving object; 0 for a picture without texture, where motion is unknown.
 * - `residual`: mean absolute luma difference that is left when the global motion is taken out: what moves by itself.
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
