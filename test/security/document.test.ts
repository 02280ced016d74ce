/** docs/security.md says only what is there: each test that it names exists, and no requirement is passed over. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/security.md', root), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| ')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));

describe('docs/security.md', () => {
  it('names tests that exist, one at least for each threat', () => {
    const named = [...text.matchAll(/test\/[\w/-]+\.test\.ts/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(40);
    for (const path of named) expect(existsSync(new URL(path, root)), path).toBe(true);
    const begin = rows.findIndex(([first]) => first === 'threat');
    const threats = rows.slice(begin + 2).slice(0, rows.slice(begin + 2).findIndex((row) => row.length !== 3 || !row[2]!.startsWith('test/')));
    expect(threats.length).toBeGreaterThan(35);
  });

  it('names every test of test/security', () => {
    for (const file of readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.ts') && name !== 'document.test.ts')) expect(text, file).toContain(`test/security/${file}`);
  });

  it('names files and pages of ours that exist', () => {
    for (const [, path] of text.matchAll(/\]\(([\w./-]+)\)/g)) expect(existsSync(new URL(path!, new URL('docs/', root))), path).toBe(true);
    expect(existsSync(new URL('SECURITY.md', root))).toBe(true);
  });

  it('says of every requirement of levels 1 and 2 where we stand, once, in one of four words', () => {
    // How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; they are numbered from 1.
    const sections =
      '1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2';
    const wanted = sections.split(' ').flatMap((one) => Array.from({ length: Number(one.split(':')[1]) }, (_, index) => `${one.split(':')[0]}.${index + 1}`));
    const told = rows.filter(([first]) => /^\d+\.\d+\.\d+/.test(first!));
    expect(told.flatMap(([ids]) => ids!.split(', ')).sort()).toEqual([...wanted].sort());
    for (const [ids, status, how] of told) {
      expect(['met', 'partly', 'not applicable', 'not promised'], ids).toContain(status);
      expect(how, ids).toMatch(/\w/);
    }
  });
});
