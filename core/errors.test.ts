import { describe, expect, it } from 'vitest';
import { toEarsightError } from './errors.js';

const thrown = (code: string, syscall = 'open', path?: string): Error =>
  Object.assign(new Error(`${code}: trouble, ${syscall}`), { code, syscall, ...(path === undefined ? {} : { path }) });

describe('toEarsightError', () => {
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
  ])('maps %s of the system call %s to %s', (code, syscall, expected) => {
    expect(toEarsightError(thrown(code, syscall), 'a.mp4').code).toBe(expected);
  });

  it("names the user's file if it is given, otherwise the path in node's error", () => {
    expect(toEarsightError(thrown('ENOENT', 'open', '/in'), 'a.mp4').message).toBe('no such file or folder: a.mp4');
    expect(toEarsightError(thrown('ENOENT', 'open', '/in')).message).toBe('no such file or folder: /in');
  });

  it('converts a thrown value that is not an Error', () => {
    expect(toEarsightError('odd').message).toBe('unexpected: odd');
  });
});
