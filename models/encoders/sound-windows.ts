/**
 * Widths of the windows an audio network looks at around each segment, where its pack does not say: about an octave
 * apart, from the segment itself to the length of the clips such networks are tested on. The wide ones know what it is,
 * the narrow ones where; docs/decisions/0007-windows.md has the measurements.
 */
export const DEFAULT_WINDOWS_SEC: readonly number[] = [1, 2, 5];
