import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import './index.js';
import { declaredOperators, operatorName } from './operator.js';

describe('docs/decisions/0011-onnx-author.md', () => {
  it('lists every declared operator', () => {
    const page = readFileSync(new URL('../../docs/decisions/0011-onnx-author.md', import.meta.url), 'utf8');
    const listed = Array.from(page.matchAll(/`([A-Za-z.]+)`/g), ([, name]) => name);
    const missing = declaredOperators()
      .map(({ domain, type }) => operatorName(domain, type))
      .filter((name) => !listed.includes(name));
    expect(missing).toEqual([]);
    expect(declaredOperators().length).toBeGreaterThan(60);
  });
});
