/** Class index of the background of AVE, after its 28 event categories. */
export const AVE_BACKGROUND = 28;

export interface SegmentAccuracy {
  /** Share of right segments, pooled over all videos, 0 to 1. */
  readonly accuracy: number;
  readonly segments: number;
  /** Right and all segments by true class. */
  readonly classes: ReadonlyMap<number, { readonly right: number; readonly all: number }>;
  /** Right segments of each video, for intervals over videos. */
  readonly perVideo: readonly { readonly right: number; readonly all: number }[];
}

/**
 * AVE's measure: accuracy over all segments of all videos, the background being a class like any other (Tian et al.,
 * ECCV 2018; jasongief/PSP_CVPR_2021, measure.py).
 * @param videos one class index per segment
 * @throws RangeError when a prediction is not as long as the truth.
 */
export function segmentAccuracy(
  videos: readonly { readonly predicted: ArrayLike<number>; readonly truth: ArrayLike<number> }[],
): SegmentAccuracy {
  const classes = new Map<number, { right: number; all: number }>();
  const perVideo = videos.map(({ predicted, truth }) => {
    if (predicted.length !== truth.length)
      throw new RangeError(`${predicted.length} predicted segments for ${truth.length} true ones`);
    let right = 0;
    for (let at = 0; at < truth.length; at += 1) {
      const label = truth[at] ?? 0;
      const isRight = predicted[at] === label;
      const entry = classes.get(label) ?? { right: 0, all: 0 };
      classes.set(label, { right: entry.right + Number(isRight), all: entry.all + 1 });
      right += Number(isRight);
    }
    return { right, all: truth.length };
  });
  const right = perVideo.reduce((sum, video) => sum + video.right, 0);
  const segments = perVideo.reduce((sum, video) => sum + video.all, 0);
  return { accuracy: segments === 0 ? NaN : right / segments, segments, classes, perVideo };
}
