import { ownNames, type Count, type HeardClip } from './clips.js';

/** Right: of the kinds of its collection, the clip's own has the highest segment. */
export function rightKinds(
  clips: readonly HeardClip[],
  collection: 'esc10' | 'instruments',
): Count & { readonly wrong: readonly string[] } {
  const own = clips.filter(({ path }) => path.startsWith(`audio/${collection}/`));
  const kinds = [...new Set(own.map(({ kind }) => kind))];
  const wrong = own.flatMap(({ kind, path, heard }) => {
    const scores = kinds.map((name) => heard.best(ownNames(name)));
    const told = kinds[scores.indexOf(Math.max(...scores))];
    return told === kind ? [] : [`${path.split('/').slice(-2).join('/')}: ${told ?? 'nothing'}`];
  });
  return { right: own.length - wrong.length, of: own.length, wrong };
}
