export interface WarningEntry {
  /** What was noticed. `{name}` stands for the detail of that name. */
  readonly message: string;
  /**
   * `content`: the results differ from what the file seems to promise; it is kept with them. `speed`: the work took longer
   * than necessary and the results are the same; it is only told while a run is in progress.
   */
  readonly kind: 'content' | 'speed';
  /** What the user can do. */
  readonly advice: string;
}

function content(message: string, advice: string): WarningEntry {
  return { kind: 'content', message, advice };
}

function speed(message: string, advice: string): WarningEntry {
  return { kind: 'speed', message, advice };
}

/**
 * Every warning that earsight gives, under a code that never changes its meaning. Results with warnings are usable. Like
 * the errors, they are listed in `docs/errors.md`, which is generated from this catalogue.
 */
export const WARNING_CATALOGUE = {
  // Tracks
  EARSIGHT_WARN_CODEC: content(
    'this ffmpeg cannot decode {codec}: that track is left out',
    'Install an ffmpeg with that decoder: `earsight doctor` lists what is there.',
  ),
  EARSIGHT_WARN_PICTURE_SIZE: content(
    'the picture track ({codec}) has no picture size: it is left out',
    'Repair or re-encode the file.',
  ),
  EARSIGHT_WARN_SAMPLE_RATE: content(
    'the sound track ({codec}) has no sample rate: it is left out',
    'Repair or re-encode the file.',
  ),
  EARSIGHT_WARN_TRACK_LOST: content(
    'nothing of the {track} track ({codec}) could be decoded: it is left out',
    'Repair or re-encode the file.',
  ),
  EARSIGHT_WARN_PROGRAMME: content(
    'the sound belongs to another programme than the picture: it is left out',
    'Cut the programme that you want out of the recording to get its sound.',
  ),
  // Decoding
  EARSIGHT_WARN_CLOCK: content(
    'the clock of the file jumps by {jumpSec} s at {atSec} s: picture and sound go on there without a gap',
    'Nothing, if pieces were joined on purpose; else something may be missing there.',
  ),
  EARSIGHT_WARN_GAP: content(
    'there is no sound for {gapSec} s from {atSec} s: it is silent there',
    'Nothing, if the recording was interrupted on purpose.',
  ),
  EARSIGHT_WARN_OPPOSED: content(
    'the channels of the sound cancel each other out in {seconds} s: one was inverted there before they were mixed',
    'Nothing: sounds are found as if the channels were in phase. A microphone or a plug may be wired the wrong way round.',
  ),
  EARSIGHT_WARN_SAMPLES: content(
    '{count} samples of the sound are no numbers: they were replaced by silence',
    'Export the sound again, if it clicks there.',
  ),
  EARSIGHT_WARN_DECODER: content(
    'the decoder complained {times} times, at last: {reason}',
    'Play the file: if picture or sound are damaged, copy or download it again.',
  ),
  EARSIGHT_WARN_SHORT: content(
    'the header claims {claimedSec} s, {decodedSec} s could be decoded',
    'The file is probably cut off: copy or download it again.',
  ),
  EARSIGHT_WARN_PICTURE_ENDS: content(
    'the picture ends at {endSec} s: its last frame holds to the end',
    'Nothing, if the sound is meant to be longer than the picture; else copy or download the file again.',
  ),
  EARSIGHT_WARN_FRAMES_LOST: content(
    '{frames} frames have a time but no picture',
    'Play the file: if the picture is damaged, copy or download it again.',
  ),
  EARSIGHT_WARN_HDR: content(
    'the picture is HDR ({curve}) and is not tone-mapped: colours are duller than on a screen',
    'Convert the file to SDR first, if colours matter.',
  ),
  // Labels
  EARSIGHT_WARN_LABEL_UNKNOWN: content(
    'no network that ran has a class for: {names}',
    'Check the spelling: `earsight packs show` lists the classes of a pack; clip-clap takes any name.',
  ),
  EARSIGHT_WARN_MORE: content(
    '{count} further warnings with the code {of} were left out',
    'The first ones say what to do.',
  ),
  // Speed
  EARSIGHT_WARN_WHOLE: speed(
    'the picture is decoded in one go: {reason}',
    'Nothing: the results are the same. An MP4 or Matroska file would be decoded by several workers.',
  ),
  EARSIGHT_WARN_DECODED_AGAIN: speed(
    'the picture was decoded again in one go: {reason}',
    'Nothing: the results are the same.',
  ),
} as const satisfies Record<string, WarningEntry>;

export type WarningCode = keyof typeof WARNING_CATALOGUE;
