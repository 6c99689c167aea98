// npm run generate: writes the documents that are made from code. A test holds the committed ones against it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('..', import.meta.url);
const { generatedDocuments } = await import(new URL('dist/pipeline/generated-documents.js', ROOT).href);
const { openApiDocument } = await import(new URL('dist/server/openapi-document.js', ROOT).href);

for (const [path, text] of [...generatedDocuments(), ['docs/openapi.json', await openApiDocument()]]) {
  const whole = fileURLToPath(new URL(path, ROOT));
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  console.log(path);
}
