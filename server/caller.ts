import { z } from 'zod';

/**
 * `submit`: hand in jobs, and look after one's own. `read`: see everybody's. `admin`: everything, the metrics and the
 * queue board included.
 */
export const scopeSchema = z.enum(['submit', 'read', 'admin']);
export type Scope = z.infer<typeof scopeSchema>;

/** Who makes a request. */
export interface Caller {
  /** Id of the API key. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Unfinished jobs it may have at once. */
  readonly quota: number;
  /** Requests a minute; null for no limit. */
  readonly ratePerMinute: number | null;
}

/** Whoever sits at this machine, as long as there are no keys. */
export const LOCAL_CALLER: Caller = {
  id: 'local',
  scopes: new Set(scopeSchema.options),
  quota: Infinity,
  ratePerMinute: null,
};

export function hasScope(caller: Caller, scope: Scope): boolean {
  return caller.scopes.has('admin') || caller.scopes.has(scope);
}

/** Whose jobs the caller sees: null for everybody's. */
export function visibleOwner(caller: Caller): string | null {
  return hasScope(caller, 'read') ? null : caller.id;
}
