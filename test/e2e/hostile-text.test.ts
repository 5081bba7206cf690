/**
 * Names, SQL, output and errors that would take over a terminal, on the built program in a real one.
 * What it writes is parsed byte by byte: no control that comes from data may be among it.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject, type Project } from '../kit/project.ts';

/** Stands in every sequence of the data, and in none of the program's own. */
const MARK = '7331';

const pieces = [
  `\x1b[${MARK}m`,
  `\x1b[${MARK};1H`,
  `\x1b[?${MARK}h`,
  `\x9b${MARK}m`,
  `\x1b]0;${MARK}\x07`,
  `\x1b]8;;${MARK}\x1b\\`,
  `\x9d52;c;${MARK}\x9c`,
  `\x1bP${MARK}\x1b\\`,
  `\x1b_${MARK}\x9c`,
  '\x07',
  '\b\b\b',
  '\r',
  '\x0e',
  '\x7f',
  '\x85',
  '\u200b',
  '\u200f',
  '\u2028',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ufff9',
  '\u{e0041}',
  'plain',
  ' text ',
];

/** As many texts as are wanted, the same for the same seed. */
function hostile(seed: number, count: number): string[] {
  const texts = fc.array(fc.constantFrom(...pieces), { minLength: 4, maxLength: 9 });
  return fc.sample(
    texts.map((all) => all.join('')),
    { numRuns: count, seed },
  );
}

/** A revision that prints, sends and throws such texts; its name has one, too. */
function revision(day: string, texts: readonly string[], last: string): Record<string, string> {
  const [name = '', printed = '', table = '', value = '', comment = ''] = texts;
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const statement = `create table "t${day}${table}" (id integer, "${value}" text default ${quoted(value)}) /* ${comment} */`;
  const code = `
import { Migration } from '@mikro-orm/migrations';
console.log(${JSON.stringify(printed)});
export class Migration209901${day}000000 extends Migration {
  async up() {
    console.error(${JSON.stringify(printed)});
    await this.execute(${JSON.stringify(statement)});
    ${last}
  }
  async down() {
    this.addSql(${JSON.stringify(`drop table "t${day}${table}"`)});
  }
}
`;
  return { [`migrations/Migration209901${day}000000_${name}.js`]: code };
}

function makeHostile(seed: number): Project {
  const texts = hostile(seed, 12);
  const [thrown = '', missing = ''] = texts.slice(10);
  return makeProject({
    revisions: [],
    files: {
      ...revision('01', texts.slice(0, 5), ''),
      ...revision(
        '02',
        texts.slice(5, 10),
        `try { await this.execute(${JSON.stringify(`select * from "${missing}"`)}); }
         catch (error) { throw new Error(${JSON.stringify(thrown)} + error.message); }`,
      ),
    },
  });
}

/** What a terminal would obey, of what came from data. */
function obeyed(raw: string): string[] {
  // The program's own sequences; those of the data have the mark.
  const own = raw
    .replace(/\x1b\[[?>=]?[\d;:]*[ -/]*[@-~]/g, (whole) => (whole.includes(MARK) ? whole : ''))
    .replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, (whole) => (whole.includes(MARK) ? whole : ''))
    .replace(/\x1b[78=>]/g, '');
  const unsafe =
    /(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}|[^\P{Control}\r\n]|[\u2028\u2029\ufff0-\ufffb]/gu;
  return [...own.matchAll(unsafe)].map(({ 0: found, index }) =>
    JSON.stringify(own.slice(Math.max(0, index - 20), index + found.length + 20)),
  );
}

test.each(pieces.filter((piece) => !/^(?:[ a-z]+|\r)$/.test(piece)))(
  '%j would be found',
  (piece) => {
    expect(obeyed(`\x1b[1mtext${piece}text\x1b[22m`)).not.toEqual([]);
  },
);

const seeds = Array.from({ length: Number(process.env.HANDRAIL_TEXTS ?? 1) }, (_, at) => at + 1);

describe.each(seeds)('hostile text, seed %d', (seed) => {
  test('never reaches the terminal of the app', async () => {
    using project = makeHostile(seed);
    await using app = openHandrail([], { cwd: project.root, columns: 100, rows: 30 });
    await app.waitFor('2 pending');
    await app.press('down');
    await app.waitFor('create table', { why: 'the detail shows its SQL' });
    await app.press('!');
    await app.waitFor('Doctor');
    await app.press('esc');
    await app.waitUntilGone('Doctor');
    await app.press('u');
    await app.waitFor('Run this upgrade?');
    await app.press('enter');
    await app.waitFor(/upgrade failed/i);
    await app.press('esc');
    await app.waitUntilGone('Upgrade failed');
    await app.press('l');
    await app.waitFor('Runs');
    await app.press('enter');
    await app.waitFor(/statements/i);
    await app.press('enter');
    await app.waitUntilQuiet();
    expect(obeyed(app.raw())).toEqual([]);
  });

  test('never reaches the terminal of a command', async () => {
    using project = makeHostile(seed);
    for (const args of [
      ['status'],
      ['up', '--yes', '--sql'],
      ['log', '--run', '1'],
      ['doctor', '--json'],
      ['down', '--to', hostile(seed, 1).join('')],
    ]) {
      await using command = openHandrail(args, { cwd: project.root, columns: 100, rows: 30 });
      await command.waitForExit();
      expect([args, obeyed(command.raw())]).toEqual([args, []]);
    }
  });
});
