import { describe, expect, it } from 'vitest';
import { saidText } from '../../domain/said.js';

const problems = (text: unknown) => saidText(20).safeParse(text).error?.issues.map((issue) => issue.message) ?? [];

describe('words that a person must give', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \t\n'],
    ['non-breaking blanks', '\u00a0\u202f\u2007'],
    ['a zero-width blank', '\u200b'],
    ['word joiners', '\u2060\u200d'],
    ['a byte order mark', '\ufeff'],
    ['soft hyphens', '\u00ad\u00ad'],
    ['marks of direction', '\u200e\u202e'],
    ['Hangul fillers', '\u3164\uffa0'],
    ['a variation selector', '\ufe0f'],
    ['a braille cell without dots', '\u2800'],
    ['all of them', ' \u200b\u00ad \u2060\u3164 '],
  ])('are refused when they are %s', (_, text) => {
    expect(problems(text)).toEqual(['must not be empty']);
  });

  it.each(['.', '?', '❤\ufe0f', '👩\u200d💻', 'می\u200cخواهم', 'co\u00adoperate', '日本'])('are kept as typed: %j', (text) => {
    expect(saidText(20).parse(` ${text} `)).toBe(text);
  });

  it('have a limit, and hold nothing that cannot be stored', () => {
    expect(problems('x'.repeat(21))).toEqual(['must be at most 20 characters']);
    expect([problems('a\u0000'), problems('a\ud800')]).toEqual([['holds a character that cannot be stored'], ['holds a character that cannot be stored']]);
  });
});
