import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { escapeControl, escapeLines, oneLine } from '../../source/text/escape.ts';
import { ago, clock, count, date, duration, plural, roughly } from '../../source/text/format.ts';
import {
  cut,
  cutMiddle,
  pad,
  padStart,
  toWidth,
  width,
  wrap,
  wrapRanges,
} from '../../source/text/width.ts';

describe('escaping', () => {
  test.each([
    ['plain text é 日本 🎉 ❤️', 'plain text é 日本 🎉 ❤️'],
    ['\u001b[31mred', '␛[31mred'],
    ['a\u0000b\u0007c\rd\ne', 'a␀b␇c␍d␊e'],
    ['\u007f\u009b2J\u0085', '␡\\x9b2J\\x85'],
    ['\u202eevil\u2066\u200b\u200d\ufeff\u00ad', '\\u202eevil\\u2066\\u200b\\u200d\\ufeff\\xad'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\ud800x\udfff', '\\ud800x\\udfff'],
    ['\u{e0041}', '\\u{e0041}'],
    ['a\tb', 'a  b'],
  ])('%j', (text, shown) => {
    expect(escapeControl(text)).toBe(shown);
  });

  test('lines keep their ends, and only those', () => {
    expect(escapeLines('a\r\nb\nc\rd\u001b')).toBe('a\nb\nc␍d␛');
    expect(oneLine('  select *\n    from "a"\t\twhere\r\n x ')).toBe('select * from "a" where x');
  });
});

describe('width', () => {
  test.each(['', 'abc', '日本語', 'é', '🎉', 'a日b🎉c', '👩🏽', 'ｆｕｌｌ'])('of %j', (text) => {
    expect(width(text)).toBe(stringWidth(text));
  });

  test('cutting never exceeds the columns nor splits a character', () => {
    for (const text of ['abcdefghij', '日本語テーブル', 'a日b本c語', '🎉🎉🎉🎉', 'é'.repeat(9)]) {
      for (let columns = 0; columns < 16; columns++) {
        for (const shown of [cut(text, columns), cutMiddle(text, columns)]) {
          expect(width(shown)).toBeLessThanOrEqual(columns);
          expect(shown).not.toMatch(/\p{Surrogate}/u);
        }
        expect(width(toWidth(text, columns))).toBe(columns);
      }
    }
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('abcd', 4)).toBe('abcd');
    expect(cut('日本語', 4)).toBe('日…');
    expect(cutMiddle('20261120_index_changesets', 16)).toBe('20261120_i…esets');
    expect(cut('x'.repeat(1_000_000), 5)).toBe('xxxx…');
  });

  test('padding', () => {
    expect(pad('日', 4)).toBe('日  ');
    expect(padStart('ab', 4)).toBe('  ab');
    expect(pad('abcdef', 4)).toBe('abcdef');
  });

  test('wrapping loses nothing but the spaces it breaks at', () => {
    const text =
      'insert into "日本語テーブル" ("列") values (1, 🎉) and a_very_long_identifier_indeed';
    for (let columns = 1; columns < 40; columns++) {
      const rows = wrap(text, columns);
      for (const row of rows) expect(width(row)).toBeLessThanOrEqual(Math.max(columns, 2));
      expect(rows.join('').replace(/ /g, '')).toBe(text.replace(/ /g, ''));
    }
    expect(wrap('a b\n\nc', 10)).toEqual(['a b', '', 'c']);
    expect(wrapRanges('', 10)).toEqual([{ start: 0, end: 0 }]);
    expect(wrap('  indented text', 8)).toEqual(['  indent', 'ed text']);
  });
});

describe('numbers and times', () => {
  test.each([
    [0, '0.0 ms'],
    [0.14, '0.1 ms'],
    [8, '8 ms'],
    [41.2, '41 ms'],
    [999, '999 ms'],
    [999.7, '1.0 s'],
    [1_400, '1.4 s'],
    [59_990, '1 min 0 s'],
    [123_000, '2 min 3 s'],
    [3_840_000, '1 h 4 min'],
  ])('%d ms', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test.each([
    [0, '1 s'],
    [12_400, '12 s'],
    [59_600, '1 min'],
    [170_000, '3 min'],
    [3_840_000, '1 h 4 min'],
  ])('an estimate of %d ms is %s', (ms, text) => {
    expect(roughly(ms)).toBe(text);
  });

  test('how long ago', () => {
    const now = Date.UTC(2026, 10, 24, 12);
    const minutes = (passed: number) => ago(now - passed * 60_000, now);
    expect(minutes(0.5)).toBe('just now');
    expect(minutes(3)).toBe('3 min ago');
    expect(minutes(125)).toBe('2 h ago');
    expect(minutes(25 * 60)).toBe('yesterday');
    expect(minutes(5 * 24 * 60)).toBe('5 days ago');
    expect(minutes(60 * 24 * 60)).toBe(date(now - 60 * 24 * 3_600_000));
  });

  test('the rest', () => {
    expect(count(100_000)).toBe('100,000');
    expect(plural(1, 'revision')).toBe('1 revision');
    expect(plural(5_000, 'revision')).toBe('5,000 revisions');
    expect(clock(Date.UTC(2026, 0, 1, 0, 0, 1, 33))).toMatch(/^\d\d:\d\d:01\.033$/);
  });
});
