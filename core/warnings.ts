import { z } from 'zod';
import { fillTemplate } from './fill-template.js';
import type { ToldWarning } from './schemas/warning.js';
import { WARNING_CATALOGUE, type WarningCode, type WarningEntry } from './warning-catalogue.js';

/** Warnings of one code that are kept; a damaged file can cause one for every frame. */
const MAX_PER_CODE = 20;

const CODES = Object.keys(WARNING_CATALOGUE) as [WarningCode, ...WarningCode[]];

/** Validates a warning that comes from another process or from a file. */
export const warningSchema = z.strictObject({
  code: z.enum(CODES),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
  startSec: z.number().exactOptional(),
  endSec: z.number().exactOptional(),
});

/**
 * Something odd about a file whose results are usable nevertheless. `startSec` and `endSec` say where, in seconds on the
 * player's timeline; both are absent when it concerns the whole file, and `endSec` when it concerns a moment.
 */
export interface Warning {
  readonly code: WarningCode;
  /** The values of the entry's message. */
  readonly details: Readonly<Record<string, string | number>>;
  readonly startSec?: number;
  readonly endSec?: number;
}

/** @param span where on the player's timeline, in seconds; nothing for the whole file. */
export function warningOf(
  code: WarningCode,
  details: Warning['details'] = {},
  span: Pick<Warning, 'startSec' | 'endSec'> = {},
): Warning {
  return { code, details, ...span };
}

export function warningMessage({ code, details }: Warning): string {
  return fillTemplate(WARNING_CATALOGUE[code].message, details);
}

/** The form of a warning in which users read it. */
export function toldWarning(warning: Warning): ToldWarning {
  const { code, startSec, endSec } = warning;
  return {
    code,
    message: warningMessage(warning),
    ...(startSec === undefined ? {} : { startSec }),
    ...(endSec === undefined ? {} : { endSec }),
    advice: WARNING_CATALOGUE[code].advice,
  };
}

/** Whether the warning belongs to the results and is kept with them. */
export function isAboutContent({ code }: Warning): boolean {
  const { kind }: WarningEntry = WARNING_CATALOGUE[code];
  return kind === 'content';
}

/**
 * Drops repetitions and bounds the number of warnings of each code. A last warning counts those that were left out.
 */
export function boundWarnings(warnings: readonly Warning[]): Warning[] {
  const seen = new Set<string>();
  const perCode = new Map<WarningCode, number>();
  const kept: Warning[] = [];
  for (const warning of warnings) {
    const identity = JSON.stringify([warning.code, warning.startSec, warning.endSec, warningMessage(warning)]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    const count = (perCode.get(warning.code) ?? 0) + 1;
    perCode.set(warning.code, count);
    if (count <= MAX_PER_CODE || warning.code === 'EARSIGHT_WARN_MORE') kept.push(warning);
  }
  for (const [of, count] of perCode)
    if (count > MAX_PER_CODE && of !== 'EARSIGHT_WARN_MORE')
      kept.push(warningOf('EARSIGHT_WARN_MORE', { of, count: count - MAX_PER_CODE }));
  return kept;
}
