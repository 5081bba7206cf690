/** Whatever data says, what is printed neither drives a terminal nor shows a secret. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  printable,
  printableJson,
  printableLine,
  printablePiece,
} from '../../source/text/print.ts';
import { knowSecrets } from '../../source/text/redact.ts';

/** Controls, what has no width, and what turns the direction of text; not line ends. */
const DRIVES =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** Text as an attacker would make it: mostly of what a terminal obeys. */
const text = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
      '\u061c',
      '\u{e0041}',
      '\u001b[31m',
      '\r\n',
    ),
    fc.constantFrom(
      '\u009b2J',
      '\u001b]52;c;YQ==\u0007',
      '\u00ad',
      '\u2028',
      '\ud800',
      'a',
      'ß',
      '猫',
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  ),
});

test('text for people holds nothing that a terminal obeys but line ends', () => {
  fc.assert(
    fc.property(text, (said) => {
      expect(printable(said)).not.toMatch(DRIVES);
      expect(printable(printable(said)), 'safe text stays as it is').toBe(printable(said));
    }),
  );
});

test('a document for programs says the same, in characters that a terminal may show', () => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text))), (said) => {
      const document = printableJson(said);
      expect(document).not.toMatch(DRIVES);
      expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify(said)));
    }),
  );
});

test('a line, or a piece of one, holds nothing at all that a terminal obeys', () => {
  fc.assert(
    fc.property(text, (said) => {
      for (const shown of [printableLine(said), printablePiece(said)]) {
        expect(shown).not.toMatch(DRIVES);
        expect(shown).not.toContain('\n');
      }
    }),
  );
});

test('neither shows a password that is known', () => {
  knowSecrets(['Tr0ub4dor\n&"3']);
  const said = `it is Tr0ub4dor\n&"3, or ${encodeURIComponent('Tr0ub4dor\n&"3')}`;
  for (const shown of [printable(said), printableLine(said), printablePiece(said)]) {
    expect(shown).toBe('it is …, or …');
  }
  expect(JSON.parse(printableJson({ said }))).toEqual({ said: 'it is …, or …' });
});

test('a document for programs has no password that a statement sets', () => {
  const document = printableJson({
    sql: "alter role r password E'CAN\\'ARY'",
    what: 'No password.',
  });
  expect(JSON.parse(document)).toEqual({ sql: "alter role r password '…'", what: 'No password.' });
});
