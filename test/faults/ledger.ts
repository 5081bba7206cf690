/**
 * A database that tells which statements ran on it, and how often: each revision adds a power of
 * ten to the balance of every account, and takes it away on the way down. What each statement does
 * is written down beside it, so that the whole content is known after any number of them.
 */

import type { TestDatabase } from '../kit/database.ts';
import type { MadeProject } from '../kit/made-project.ts';
import type { Revision, Spelled } from '../kit/revisions.ts';
import { HALFWAY } from './halfway.ts';

const ACCOUNTS = 50;
/** How many a mistake leaves, and with what. */
const KEPT = 40;
const LOST = -5;
/** So long that each has a page of its own on SQLite. */
const PAD = 3_000;
const LABELS = ['ones', 'tens', 'hundreds'] as const;
type Label = (typeof LABELS)[number];

/** The one that runs without a transaction, where one does. */
export const LOOSE: Label = 'tens';

/** Of each table that a revision makes, the ids in it. */
interface Content {
  readonly balance: number;
  readonly tables: Readonly<Partial<Record<Label, readonly number[]>>>;
}

interface Doing {
  readonly sql: Spelled;
  does(content: Content): Content;
}

function same(text: string): Spelled {
  return { sqlite: text, postgresql: text };
}

function adding(amount: number): Doing {
  const change = (of: keyof Spelled) =>
    `update "account" set "balance" = "balance" + ${amount} + ${HALFWAY[of]}`;
  return {
    sql: { sqlite: change('sqlite'), postgresql: change('postgresql') },
    does: ({ balance, tables }) => ({ balance: balance + amount, tables }),
  };
}

function making(label: Label): Doing {
  return {
    sql: same(`create table "${label}" ("id" integer primary key, "n" integer)`),
    does: ({ balance, tables }) => ({ balance, tables: { ...tables, [label]: [] } }),
  };
}

function dropping(label: Label): Doing {
  return {
    sql: same(`drop table "${label}"`),
    does: ({ balance, tables: { [label]: _dropped, ...tables } }) => ({ balance, tables }),
  };
}

function inserting(label: Label, id: number): Doing {
  return {
    sql: same(`insert into "${label}" values (${id}, ${id})`),
    does: (content) => withRows(content, label, [...(content.tables[label] ?? []), id]),
  };
}

function deleting(label: Label, id: number): Doing {
  return {
    sql: same(`delete from "${label}" where "id" = ${id}`),
    does: (content) =>
      withRows(content, label, content.tables[label]?.filter((each) => each !== id) ?? []),
  };
}

function withRows({ balance, tables }: Content, label: Label, rows: readonly number[]): Content {
  return { balance, tables: { ...tables, [label]: rows } };
}

function doings(label: Label, direction: 'up' | 'down'): readonly Doing[] {
  const amount = 10 ** LABELS.indexOf(label);
  // The other way round, so that as many of the one way take back as many of the other.
  return direction === 'up'
    ? [
        making(label),
        ...[1, 2, 3].map((id) => inserting(label, id)),
        adding(amount),
        inserting(label, 4),
      ]
    : [
        deleting(label, 4),
        adding(-amount),
        ...[3, 2, 1].map((id) => deleting(label, id)),
        dropping(label),
      ];
}

/** Of a revision, each way. */
export const STATEMENTS = doings(LOOSE, 'up').length;

/** @param loose whether one of them runs without a transaction */
export function revisions(loose: boolean): readonly Revision[] {
  return [
    {
      label: 'base',
      up: [
        'create table "account" ("id" integer primary key, "balance" integer not null, "pad" text not null)',
      ],
      down: ['drop table "account"'],
    },
    ...LABELS.map(
      (label): Revision => ({
        label,
        up: doings(label, 'up').map(({ sql }) => sql),
        down: doings(label, 'down').map(({ sql }) => sql),
        ...(loose && label === LOOSE && { transactional: false }),
      }),
    ),
  ];
}

/** @param applied how many of the revisions are, with what they did to the accounts */
export function accounts(applied: number): string {
  const balance = contentOf(LABELS.slice(0, Math.max(0, applied - 1))).balance;
  return Array.from(
    { length: ACCOUNTS },
    (_, at) =>
      `insert into "account" ("id", "balance", "pad") values (${at + 1}, ${balance}, '${padOf(at + 1)}');`,
  ).join('\n');
}

function padOf(id: number): string {
  return String(id).padStart(PAD, '.');
}

function contentOf(applied: readonly Label[]): Content {
  return applied
    .flatMap((label) => doings(label, 'up'))
    .reduce((content, { does }) => does(content), { balance: 0, tables: {} } as Content);
}

/** Somebody's mistake, for a backup to be put back after it. */
export async function lose({ database }: MadeProject): Promise<void> {
  await database.change(
    `delete from "account" where "id" > ${KEPT}; update "account" set "balance" = ${LOST};`,
  );
}

/** Without a backup. */
export async function takeBack(project: MadeProject): Promise<void> {
  const { recorded } = await standOf(project, { loss: true });
  await project.database.change(`delete from "account"; ${accounts(recorded.length)}`);
}

/** Every row of every table, as text. */
function textOf({ balance, tables }: Content, isLost = false): string {
  const rows = isLost
    ? Array.from({ length: KEPT }, (_, at) => `${at + 1}=${LOST}`)
    : Array.from({ length: ACCOUNTS }, (_, at) => `${at + 1}=${balance}`);
  const made = LABELS.flatMap((label) => {
    const ids = tables[label];
    return ids === undefined ? [] : [`${label}: ${ids.map((id) => `${id}=${id}`).join(' ')}`];
  });
  return [`account: ${rows.join(' ')}`, ...made].join('\n');
}

async function textIn(database: TestDatabase): Promise<string> {
  const found = await database.tables();
  const rowsOf = async (table: string, column: string) => {
    const rows = await database.query(
      `select "id", "${column}" as "n" from "${table}" order by "id"`,
    );
    return `${table}: ${rows.map(({ id, n }) => `${id}=${n}`).join(' ')}`;
  };
  const lines = found.includes('account') ? [await rowsOf('account', 'balance')] : [];
  if (found.includes('account')) {
    const pads = await database.query('select "id", "pad" from "account"');
    lines.push(
      ...pads
        .filter(({ id, pad }) => pad !== padOf(Number(id)))
        .map(({ id }) => `the pad of ${id} is another`),
    );
  }
  for (const label of LABELS) if (found.includes(label)) lines.push(await rowsOf(label, 'n'));
  const others = found.filter(
    (name) => !['account', 'mikro_orm_migrations', ...LABELS].includes(name),
  );
  return [...lines, ...others.map((name) => `${name} is there`)].join('\n');
}

export interface Stand {
  /** What is not so; [] if database and record agree, and each statement ran once. */
  readonly wrong: readonly string[];
  /** Names of revisions that are recorded. */
  readonly recorded: readonly string[];
  /** The accounts are as {@link lose} leaves them. */
  readonly isLost: boolean;
  /** Of the loose revision, when it is half done: the way, and how many of its statements ran. */
  readonly halfDone: { readonly direction: 'up' | 'down'; readonly ran: number } | null;
}

/** What may be, beside that database and record agree. */
export interface Allowed {
  /** A revision without a transaction that is half done. */
  readonly halfDone?: boolean;
  readonly loss?: boolean;
}

export async function standOf(project: MadeProject, allowed: Allowed = {}): Promise<Stand> {
  const { database } = project;
  const recorded = await database.recorded();
  const applied = LABELS.filter((label) => recorded.includes(project.revision(label).name));
  const wrong = [
    ...(new Set(recorded).size === recorded.length ? [] : ['a revision is recorded twice']),
    ...(recorded.includes(project.revision('base').name)
      ? []
      : ['the first revision is not recorded any more']),
    ...(await database.damage()),
  ];
  const found = await textIn(database);
  const content = contentOf(applied);
  const stand = { wrong, recorded, isLost: false, halfDone: null };
  if (found === textOf(content)) return stand;
  if (allowed.loss && found === textOf(content, true)) return { ...stand, isLost: true };
  const halfDone = allowed.halfDone ? partOf(applied, found) : null;
  if (halfDone) return { ...stand, halfDone };
  const names = applied.join(', ') || 'none';
  return {
    ...stand,
    wrong: [...wrong, `recorded ${names}: expected\n${textOf(content)}\nfound\n${found}`],
  };
}

/** After how many statements of the loose revision the content is as it is. */
function partOf(applied: readonly Label[], found: string): Stand['halfDone'] {
  const direction = applied.includes(LOOSE) ? 'down' : 'up';
  let content = contentOf(applied);
  for (const [index, { does }] of doings(LOOSE, direction).entries()) {
    content = does(content);
    if (textOf(content) === found) return { direction, ran: index + 1 };
  }
  return null;
}
