/** Steepness of the published Gompertz curve. */
const STEEPNESS = 10;
/** ln 2 as the published code has it, with a slip in the sixth digit. */
const HALF = 0.693179;

/** The published Gompertz curve: about 0.5 at 0, and 1 at 1. */
export function gompertz(x: number): number {
  const scale = 1 / Math.exp(-HALF * Math.exp(-STEEPNESS));
  return scale * Math.exp(-HALF * Math.exp(-STEEPNESS * x));
}

/**
 * AudioScore as FAVDBench's README defines it, from the cosines of the sound with the text and with the picture: 0.5 (about)
 * to 1, higher is better. The README's encoders are not public, so a figure of other encoders is "AudioScore-style".
 */
export function audioScoreOfReadme(soundText: number, soundPicture: number): number {
  return gompertz(0.5 * (0.5 * soundText + 0.5 * soundPicture + 1));
}

/**
 * AudioScore as FAVDBench's code computes it, which is another quantity under the same name: from scaled, un-normalised
 * products of picture and text and of sound and text, 0 to 100. The code looks at the last sentence and the first frame
 * alone, and changes the gain at random; neither is done here.
 */
export function audioScoreOfCode(
  pictureText: number,
  soundText: number,
  scales: { readonly picture: number; readonly sound: number } = { picture: 100, sound: 100 },
): number {
  const logit = ((scales.picture * (pictureText + 1)) / 2 + (scales.sound * (soundText + 1)) / 2) / 2;
  return 100 * gompertz((logit / 100 - 0.5) * 2);
}
