/** `earsight/measures`: how right labels and texts are, and how well sound and picture belong together. Pure functions. */
export {
  bootstrapMeans,
  bootstrapStatistic,
  type BootstrapMean,
  type BootstrapOptions,
  type Interval,
} from './bootstrap.js';
export { LabelGrid, runsOf, type Run } from './parsing/label-grid.js';
export { EVENT_IOU, eventCounts, f1Of, segmentCounts, type Counts } from './parsing/counts.js';
export { LLP_CLASSES, LLP_SEGMENTS } from './parsing/llp-classes.js';
export {
  paintSpans,
  readFilenames,
  readLabelledSpans,
  readVideoLabels,
  type LabelledSpan,
} from './parsing/llp-tables.js';
export { decodeScores, type Gate, type ScoreRows, type VideoScores } from './parsing/decode-scores.js';
export {
  scoreParsing,
  scoreVideo,
  type ClassCounts,
  type LevelFigures,
  type ParsingScore,
  type VideoFigures,
  type VideoLabels,
  type VideoScore,
} from './parsing/score-parsing.js';
export { AVE_BACKGROUND, segmentAccuracy, type SegmentAccuracy } from './localisation/segment-accuracy.js';
export {
  scoreOpenVocabulary,
  type OpenVocabularyFigures,
  type OpenVocabularyVideo,
} from './localisation/open-vocabulary.js';
export { cutCounts } from './localisation/cuts.js';
export { avAlign, flowPeaks } from './alignment/av-align.js';
export { MOMENTS_PER_SEC, logRows, synchrony, synchronyByShift, type Synchrony } from './alignment/synchrony.js';
export { Moments, type Divisor } from './distributions/moments.js';
export { frechetDistance, type FrechetResult } from './distributions/frechet.js';
export { kernelDistance, type KernelDistanceOptions } from './distributions/kernel-distance.js';
export { neighbourScores, type NeighbourScores } from './distributions/neighbours.js';
export { inceptionScore, pairedDivergence } from './distributions/class-scores.js';
export { cosine, cosines, rowOf, zeroShot, type Matrix } from './embeddings/cosine.js';
export { avhScore, clapScore, clipSim, deSync, javisScore, textBridge } from './embeddings/scores.js';
export { matchedAndShuffled, recallAt } from './embeddings/retrieval.js';
export { tokeniseCaption } from './captions/tokenise.js';
export { bleu4, type BleuResult, type CaptionPair } from './captions/bleu.js';
export { rougeL } from './captions/rouge-l.js';
export { ciderD, type CiderResult } from './captions/cider-d.js';
export { entityScore } from './captions/entity-score.js';
export { audioScoreOfCode, audioScoreOfReadme, gompertz } from './captions/audio-score.js';
export { checkFavdForm, sentencesOf, type FavdForm } from './captions/favd-form.js';
export { hallucinationScore, type HallucinationScore } from './vript/hallucination.js';
export { chosenLetter, chosenOrder, orderAccuracy, retrievalAccuracy } from './vript/answers.js';
export {
  characterEdits,
  editsBetween,
  errorRate,
  normaliseTranscript,
  wordEdits,
  type Edits,
} from './transcript/error-rates.js';
