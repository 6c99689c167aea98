import { z } from 'zod';

/**
 * What an API key allows. `submit`: submit jobs and manage one's own. `read`: see the jobs of all owners. `admin`:
 * everything, including the metrics and the queue board.
 */
export const scopeSchema = z.enum(['submit', 'read', 'admin']);
export type Scope = z.infer<typeof scopeSchema>;

/** The authenticated client of a request. */
export interface Caller {
  /** Id of the API key. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** How many unfinished jobs the caller may have at once. */
  readonly quota: number;
  /** Requests a minute; null for no limit. */
  readonly ratePerMinute: number | null;
}

/** The caller of every local request while no API key exists. */
export const LOCAL_CALLER: Caller = {
  id: 'local',
  scopes: new Set(scopeSchema.options),
  quota: Infinity,
  ratePerMinute: null,
};

export function hasScope(caller: Caller, scope: Scope): boolean {
  return caller.scopes.has('admin') || caller.scopes.has(scope);
}

/** The owner whose jobs the caller may see; null means the jobs of all owners. */
export function visibleOwner(caller: Caller): string | null {
  return hasScope(caller, 'read') ? null : caller.id;
}
