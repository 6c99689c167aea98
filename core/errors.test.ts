import { expect, it } from 'vitest';
import { toEarsightError } from './errors.js';

const thrown = (code: string, syscall = 'open', path?: string): Error =>
  Object.assign(new Error(`${code}: trouble, ${syscall}`), { code, syscall, ...(path === undefined ? {} : { path }) });

it.each([
  ['ENOSPC', 'write', 'EARSIGHT_DISK_FULL'],
  ['EACCES', 'open', 'EARSIGHT_INPUT_UNREADABLE'],
  ['EISDIR', 'read', 'EARSIGHT_INPUT_UNREADABLE'],
  ['ENOTDIR', 'stat', 'EARSIGHT_INPUT_MISSING'],
  ['ELOOP', 'stat', 'EARSIGHT_INPUT_MISSING'],
  ['ENAMETOOLONG', 'stat', 'EARSIGHT_INPUT_MISSING'],
  ['EIO', 'read', 'EARSIGHT_INPUT_UNREADABLE'],
  ['EIO', 'write', 'EARSIGHT_BUG'],
  ['EMFILE', 'open', 'EARSIGHT_BUG'],
])('%s of %s becomes %s', (code, syscall, expected) => {
  expect(toEarsightError(thrown(code, syscall), 'a.mp4').code).toBe(expected);
});

it("names the user's file, else the one that node names", () => {
  expect(toEarsightError(thrown('ENOENT', 'open', '/in'), 'a.mp4').message).toBe('no such file or folder: a.mp4');
  expect(toEarsightError(thrown('ENOENT', 'open', '/in')).message).toBe('no such file or folder: /in');
});

it('takes what is no error for one', () => {
  expect(toEarsightError('odd').message).toBe('unexpected: odd');
});
