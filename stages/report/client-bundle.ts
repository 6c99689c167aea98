import { readFile } from 'node:fs/promises';

const FOLDER = new URL('./client/', import.meta.url);
const IMPORT = /^import \{[^}]*\} from '(\.[\w./-]+\.js)';$/gm;

/**
 * Joins the modules of a page into one script: each module follows those it imports, without its import lines and the
 * word `export`. All modules share one scope, so a name may be declared only once in client/ and core/page-kit/ (the
 * browser tests would find the syntax error).
 * @param entry the page's main module, relative to client/
 */
export async function bundleScript(entry: string): Promise<string> {
  const parts: string[] = [];
  const seen = new Set<string>();
  const add = async (module: URL): Promise<void> => {
    if (seen.has(module.href)) return;
    seen.add(module.href);
    const source = await readFile(module, 'utf8');
    for (const match of source.matchAll(IMPORT)) if (match[1] !== undefined) await add(new URL(match[1], module));
    parts.push(
      source
        .replace(IMPORT, '')
        .replace(/^export /gm, '')
        .trim(),
    );
  };
  await add(new URL(entry, FOLDER));
  return parts.join('\n\n');
}

/** @param names style sheets, relative to client/ */
export async function bundleStyle(names: readonly string[]): Promise<string> {
  const sheets = await Promise.all(names.map((name) => readFile(new URL(name, FOLDER), 'utf8')));
  return sheets.join('\n');
}
