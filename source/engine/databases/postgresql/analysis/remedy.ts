/** Statements for what MikroORM can't write, or does not see: both ways, from the catalogue. */

import type { ObjectRef } from '../../../../contract/object-ref.ts';
import { mentions } from '../../../../text/sql.ts';
import { messageOf } from '../../../../util/error-message.ts';
import type { SchemaRemedies } from '../../analysis.ts';
import type { BothWays, SchemaObject } from '../../catalogue.ts';
import type { RawQuery } from '../../raw-query.ts';
import { literal, qualified, quoted } from '../parser/sql.ts';

export const remedies: SchemaRemedies = { removal, isUsed, lacks, equalize };

/** Drops an object, and makes it again; null for what Handrail can't make again from its facts. */
function removal(object: SchemaObject): BothWays | null {
  const drop = dropOf(object.ref);
  const make = makeOf(object);
  return drop === null || make === null ? null : { up: [drop], down: [make] };
}

/** Only of what stands for itself: the parts of a table are used by little, and go with it. */
async function isUsed({ ref }: SchemaObject, query: RawQuery): Promise<boolean> {
  const oid = oidOf(ref);
  if (oid === null) return false;
  const [row] = await query(`select exists(
    select from pg_depend d where (d.refclassid, d.refobjid) = (${oid}) and d.deptype = 'n') as used`);
  return row?.used === true;
}

/** The catalogue and the number in it, as SQL. */
function oidOf(ref: ObjectRef): string | null {
  switch (ref.kind) {
    case 'function':
    case 'procedure':
      return `'pg_proc'::regclass, ${literal(routineOf(ref))}::regprocedure`;
    case 'domain':
    case 'enum':
    case 'type':
      return `'pg_type'::regclass, ${literal(nameIn(ref))}::regtype`;
    case 'sequence':
      return `'pg_class'::regclass, ${literal(nameIn(ref))}::regclass`;
    default:
      return null;
  }
}

/** Errors about what is not there (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const UNDEFINED: Readonly<Record<string, readonly SchemaObject['kind'][]>> = {
  '3F000': ['schema'],
  '42704': ['domain', 'enum', 'type'],
  '42883': ['function'],
  '42P01': ['sequence'],
};

function lacks(error: unknown, { kind, ref }: SchemaObject): boolean {
  const { code } = error as { readonly code?: unknown };
  const bare = ref.name.replace(/\(.*\)$/s, '');
  return UNDEFINED[String(code)]?.includes(kind) === true && mentions(messageOf(error), bare) > 0;
}

/** Makes an object what the entities want; see {@link SchemaRemedies}. */
function equalize(
  made: SchemaObject,
  real: SchemaObject | null,
  objects: readonly SchemaObject[],
  written: boolean,
): BothWays | null {
  if (made.column && real?.column) return equalizeColumn(made, real, objects, written);
  if (written || !['constraint', 'foreign key', 'index'].includes(made.kind)) return null;
  const [make, drop] = [makeOf(made), dropOf(made.ref)];
  if (make === null || drop === null) return null;
  if (real === null) return { up: [make], down: [drop] };
  if (real.text === `${made.text} NOT VALID`) {
    const table = tableOf(real.ref);
    return { up: [`alter table ${table} validate constraint ${quoted(real.ref.name)};`], down: [] };
  }
  const [was, dropReal] = [makeOf(real), dropOf(real.ref)];
  if (was === null || dropReal === null) return null;
  return { up: [dropReal, make], down: [drop, was] };
}

/** Only what needs no decision about values. */
function equalizeColumn(
  made: SchemaObject,
  real: SchemaObject,
  objects: readonly SchemaObject[],
  written: boolean,
): BothWays | null {
  const [wanted, is] = [made.column, real.column];
  if (!wanted || !is) return null;
  const sequence = objects.find(
    ({ kind, table, columns }) =>
      kind === 'sequence' && table === real.table && columns.includes(real.name),
  );
  const [type, was] = [TYPES[wanted.numbersTo ?? ''], TYPES[is.numbersTo ?? '']];
  if (wanted.numbersTo !== is.numbersTo && sequence && type && was) {
    const alter = `alter sequence ${nameIn(sequence.ref)} as`;
    return { up: [`${alter} ${type};`], down: [`${alter} ${was};`] };
  }
  const keys = Object.keys(wanted) as (keyof typeof wanted)[];
  const differing = keys.filter((key) => wanted[key] !== is[key]);
  if (written || differing.length === 0) return null;
  if (differing.some((key) => key !== 'default' && key !== 'collation')) return null;
  const column = `alter table ${tableOf(real.ref)} alter column ${quoted(real.ref.name)}`;
  const to = (facts: typeof wanted) =>
    differing.map((key) =>
      key === 'collation'
        ? `${column} type ${facts.type} ${facts.collation ?? 'collate pg_catalog."default"'};`
        : facts.default === null
          ? `${column} drop default;`
          : `${column} set default ${facts.default};`,
    );
  return { up: to(wanted), down: to(is) };
}

/** Of sequences, by where they end. */
const TYPES: Readonly<Record<string, string>> = {
  '32767': 'smallint',
  '2147483647': 'integer',
  '9223372036854775807': 'bigint',
};

function nameIn({ schema, name }: ObjectRef): string {
  return schema === null ? quoted(name) : qualified({ schema, name });
}

function tableOf({ schema, table }: ObjectRef): string {
  return nameIn({ kind: 'table', schema, table: null, name: table ?? '' });
}

/** With its arguments. */
function routineOf({ schema, name }: ObjectRef): string {
  const [, bare = name, signature = '()'] = /^(.*?)(\(.*\))$/s.exec(name) ?? [];
  return `${nameIn({ kind: 'function', schema, table: null, name: bare })}${signature}`;
}

function dropOf(ref: ObjectRef): string | null {
  switch (ref.kind) {
    case 'check':
    case 'exclusion':
    case 'foreign key':
    case 'primary key':
    case 'unique':
      return `alter table ${tableOf(ref)} drop constraint ${quoted(ref.name)};`;
    case 'policy':
    case 'rule':
    case 'trigger':
      return `drop ${ref.kind} ${quoted(ref.name)} on ${tableOf(ref)};`;
    case 'function':
    case 'procedure':
      return `drop ${ref.kind} ${routineOf(ref)};`;
    case 'enum':
    case 'type':
      return `drop type ${nameIn(ref)};`;
    case 'domain':
    case 'extension':
    case 'index':
    case 'materialized view':
    case 'schema':
    case 'sequence':
    case 'view':
      return `drop ${ref.kind} ${nameIn(ref)};`;
    default:
      return null;
  }
}

/** What the catalogue adds to a definition is no part of one. */
const STATE =
  /( not checked on .*| partition of .*| statistics \d+| (clustered on|invalid|inherited|disabled|enabled .*))$/;

function makeOf({ ref, text }: SchemaObject): string | null {
  if (STATE.test(text)) return null;
  switch (ref.kind) {
    case 'check':
    case 'exclusion':
    case 'foreign key':
    case 'primary key':
    case 'unique':
      return `alter table ${tableOf(ref)} add constraint ${quoted(ref.name)} ${text};`;
    case 'policy':
      return `create policy ${quoted(ref.name)} on ${tableOf(ref)} as ${text};`;
    case 'function':
    case 'index':
    case 'procedure':
    case 'rule':
    case 'trigger':
      return `${text.trim()};`;
    case 'domain':
      return `create domain ${nameIn(ref)} as ${text};`;
    case 'enum':
      return `create type ${nameIn(ref)} as enum (${text});`;
    case 'type':
      return /^(range of|base|not defined)\b/.test(text)
        ? null
        : `create type ${nameIn(ref)} as (${text});`;
    case 'sequence':
      return text.startsWith('unlogged') ? null : `create sequence ${nameIn(ref)} as ${text};`;
    case 'extension':
    case 'schema':
      return `create ${ref.kind} ${quoted(ref.name)};`;
    case 'materialized view':
    case 'view':
      return `create ${ref.kind} ${nameIn(ref)} ${text};`;
    default:
      return null;
  }
}
