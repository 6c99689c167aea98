import { readFile } from 'node:fs/promises';

const FOLDER = new URL('./client/', import.meta.url);
const IMPORT = /^import \{[^}]*\} from '\.\/([\w-]+\.js)';$/gm;

/**
 * The page's own modules as one: a file after those it imports, without the import lines and the word `export`. They
 * share one scope, so a name may be declared once in client/ (a browser test would meet the syntax error).
 */
export async function bundleScript(entry: string): Promise<string> {
  const parts: string[] = [];
  const seen = new Set<string>();
  const add = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const source = await readFile(new URL(name, FOLDER), 'utf8');
    for (const match of source.matchAll(IMPORT)) if (match[1] !== undefined) await add(match[1]);
    parts.push(
      source
        .replace(IMPORT, '')
        .replace(/^export /gm, '')
        .trim(),
    );
  };
  await add(entry);
  return parts.join('\n\n');
}

export async function bundleStyle(names: readonly string[]): Promise<string> {
  const sheets = await Promise.all(names.map((name) => readFile(new URL(name, FOLDER), 'utf8')));
  return sheets.join('\n');
}
