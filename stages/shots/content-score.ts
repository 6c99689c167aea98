/**
 * PySceneDetect's content score with its default weights: the mean of the mean absolute pixel differences in 8-bit hue,
 * saturation and value, 0..255.
 */
export function contentScore(hue: number, saturation: number, value: number): number {
  return (hue + saturation + value) / 3;
}
