/** What an AdamW step is told at run time. */
export interface Schedule {
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly steps: number;
  /** The cosine ends here, as a fraction of `learningRate`. */
  readonly finalFraction: number;
}

/** Linear warm-up, then half a cosine down to the final fraction (SGDR without restarts). `step` counts from 0. */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { learningRate, warmupSteps, steps, finalFraction } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  return learningRate * (finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
