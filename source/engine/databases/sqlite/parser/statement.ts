/** What a statement means to do, read from its text with a parser. Facts only; nothing runs. */

import {
  cstVisitor,
  type Expr,
  type Identifier,
  type Node,
  parse,
  type SelectStmt,
} from 'sql-parser-cst';
import { SQL_LIMIT } from '../../../../contract/statement.ts';

/** What a column of a copy is filled with. */
export type CopiedValue =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'null' }
  /**
   * `of`: the one column that it is computed from; `cuts`: it casts, rounds or shortens it;
   * `constant`: it is a literal; `sql`: how it is computed, null where that is not known.
   */
  | {
      readonly kind: 'expression';
      readonly of: string | null;
      readonly cuts: boolean;
      readonly constant: boolean;
      readonly sql: string | null;
    };

/** An expression of which nothing is known. */
export const UNKNOWN_VALUE: CopiedValue = {
  kind: 'expression',
  of: null,
  cuts: false,
  constant: false,
  sql: null,
};

/** Rows that come from one other table. `*` stands for all its columns, in its order. */
export interface Copy {
  readonly from: string;
  readonly values: readonly (CopiedValue | '*')[];
  /** A condition, a limit or a conflict leaves rows out on purpose. */
  readonly filtered: boolean;
  /** One row may stand for several. */
  readonly grouped: boolean;
}

export type StatementFacts =
  | {
      readonly kind: 'create-table';
      readonly table: string;
      /** Null where a query tells them. */
      readonly columns: readonly string[] | null;
      readonly copy: Copy | null;
    }
  | { readonly kind: 'rename-table'; readonly table: string; readonly to: string }
  | {
      readonly kind: 'rename-column';
      readonly table: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'drop-table'; readonly table: string }
  | {
      readonly kind: 'insert';
      readonly table: string;
      /** Rows that are in its way are deleted. */
      readonly replaces: boolean;
      /** Null: all of the table, in its order. */
      readonly columns: readonly string[] | null;
      readonly copy: Copy | null;
      /** Its rows come from a query. */
      readonly queried: boolean;
      /** Columns that `on conflict do update` sets. */
      readonly sets: readonly string[];
    }
  | {
      readonly kind: 'update';
      readonly table: string;
      readonly assignments: readonly { readonly column: string; readonly value: CopiedValue }[];
      /** In a trigger: columns that have to be those of the row that it acts for. */
      readonly ownColumns: readonly string[];
    }
  /** `all`: without a condition. */
  | { readonly kind: 'delete'; readonly table: string; readonly all: boolean }
  | { readonly kind: 'drop-index' | 'drop-trigger' | 'drop-view'; readonly name: string }
  | { readonly kind: 'create-index'; readonly name: string; readonly table: string }
  /** Changes no rows of a table by itself. */
  | { readonly kind: 'other' };

/** MikroORM's name of the table that takes a table's place while it is rebuilt. */
const TEMPORARY = /__temp_alter$/;

/** The name that people know, for one of MikroORM's rebuild. */
export function realTable(name: string): string {
  return name.replace(TEMPORARY, '');
}

/** Reads one statement; one that the parser does not know counts as `other`. */
export function readStatement(sql: string): StatementFacts {
  const known = facts.get(sql);
  if (known) return known;
  const read = readAnew(sql);
  // A statement is looked at by several: the meter, the guard, every comparison after it.
  if (facts.size >= FACTS_LIMIT) facts.clear();
  facts.set(sql, read);
  return read;
}

const facts = new Map<string, StatementFacts>();
const FACTS_LIMIT = 20_000;

function readAnew(sql: string): StatementFacts {
  // A longer one holds data, and its beginning does not parse; no schema change is that long.
  if (sql.length > SQL_LIMIT || INSERTS_VALUES.test(sql)) return readBeginning(sql);
  const statement = parseStatement(sql);
  return statement ? factsOf(statement, sql) : { kind: 'other' };
}

/** Loops over rows send these by the thousand, and only their table matters. */
const INSERTS_VALUES =
  /^\s*insert\s+into\s+(?:"[^"]+"|`[^`]+`|\w+)\s*(?:\([^()]*\))?\s*values(?!.*\b(?:select|conflict)\b)/is;

/** The syntax tree of one statement, without comments and spaces; null if it can't be read. */
export function parseStatement(sql: string): Node | null {
  const known = parsed.get(sql);
  if (known !== undefined) return known;
  const tree = parseAnew(sql);
  // The schema is read many times in a rehearsal, and hardly changes between two readings.
  if (parsed.size >= PARSED_LIMIT) parsed.clear();
  parsed.set(sql, tree);
  return tree;
}

/** The statements of a text, each without what is around it; the whole text if it can't be read. */
export function statementsIn(text: string): readonly string[] {
  try {
    const { statements } = parse(text, { dialect: 'sqlite', includeRange: true });
    const ranges = statements.flatMap(({ type, range }) => (type === 'empty' ? [] : [range]));
    if (ranges.length < 2) return [text];
    return ranges.flatMap((range) => (range ? [text.slice(...range)] : []));
  } catch {
    return [text];
  }
}

const parsed = new Map<string, Node | null>();
const PARSED_LIMIT = 2_000;

function parseAnew(sql: string): Node | null {
  try {
    const [statement] = parse(sql, { dialect: 'sqlite', includeRange: true }).statements;
    return statement ?? null;
  } catch {
    return null;
  }
}

/** Columns of rows that are there which a statement gives values. */
export function columnsSetBy(facts: StatementFacts): readonly string[] {
  switch (facts.kind) {
    case 'update':
      return facts.assignments.map(({ column }) => column);
    case 'insert':
      return facts.sets;
    default:
      return [];
  }
}

/** Statements in the body of a trigger. */
export function readTrigger(sql: string): {
  readonly name: string;
  readonly table: string;
  readonly event: string;
  readonly body: readonly StatementFacts[];
} | null {
  const statement = parseStatement(sql);
  if (statement?.type !== 'create_trigger_stmt') return null;
  const event = statement.event.type === 'trigger_event' ? statement.event.eventKw.name : '';
  const body =
    statement.body.type === 'block_stmt'
      ? statement.body.program.statements.map((each) => factsOf(each, sql))
      : [];
  return {
    name: nameOf(statement.name),
    table: nameOf(statement.target.table),
    event: event.toLowerCase(),
    body,
  };
}

/** @param sql what it was read from */
function factsOf(statement: Node, sql: string): StatementFacts {
  switch (statement.type) {
    case 'create_table_stmt': {
      const as = statement.clauses.find((clause) => clause.type === 'as_clause');
      const columns = statement.columns?.expr.items.flatMap((item) =>
        item.type === 'column_definition' ? [item.name.name] : [],
      );
      return {
        kind: 'create-table',
        table: nameOf(statement.name),
        columns: columns ?? null,
        copy: as ? copyOf(as.expr, sql) : null,
      };
    }
    case 'alter_table_stmt':
      return alteration(nameOf(statement.table), statement.actions.items[0]);
    case 'drop_table_stmt': {
      const [first] = statement.tables.items;
      return first ? { kind: 'drop-table', table: nameOf(first) } : { kind: 'other' };
    }
    case 'insert_stmt':
      return insertion(statement, sql);
    case 'update_stmt':
      return update(statement, sql);
    case 'delete_stmt': {
      const clause = statement.clauses.find((each) => each.type === 'delete_clause');
      const [first] = clause?.tables.items ?? [];
      const all = !statement.clauses.some(({ type }) => type === 'where_clause');
      return first ? { kind: 'delete', table: nameOf(first), all } : { kind: 'other' };
    }
    case 'create_index_stmt':
      return {
        kind: 'create-index',
        name: statement.name ? nameOf(statement.name) : '',
        table: nameOf(statement.table),
      };
    case 'drop_index_stmt': {
      const [first] = statement.indexes.items;
      return first ? { kind: 'drop-index', name: nameOf(first) } : { kind: 'other' };
    }
    case 'drop_trigger_stmt':
      return { kind: 'drop-trigger', name: nameOf(statement.trigger) };
    case 'drop_view_stmt': {
      const [first] = statement.views.items;
      return first ? { kind: 'drop-view', name: nameOf(first) } : { kind: 'other' };
    }
    default:
      return { kind: 'other' };
  }
}

function alteration(table: string, action: Node | undefined): StatementFacts {
  switch (action?.type) {
    case 'alter_action_rename':
      return { kind: 'rename-table', table, to: nameOf(action.newName) };
    case 'alter_action_rename_column':
      return {
        kind: 'rename-column',
        table,
        from: action.oldName.name,
        to: action.newName.name,
      };
    case 'alter_action_add_column':
      return { kind: 'add-column', table, column: action.column.name.name };
    case 'alter_action_drop_column':
      return { kind: 'drop-column', table, column: action.column.name };
    default:
      return { kind: 'other' };
  }
}

function insertion(statement: Extract<Node, { type: 'insert_stmt' }>, sql: string): StatementFacts {
  const into = statement.clauses.find((clause) => clause.type === 'insert_clause');
  if (!into) return { kind: 'other' };
  const select = statement.clauses.find(
    (clause) =>
      clause.type === 'select_stmt' ||
      clause.type === 'compound_select_stmt' ||
      clause.type === 'paren_expr',
  );
  const conflict = statement.clauses.find((clause) => clause.type === 'upsert_clause');
  return {
    kind: 'insert',
    table: nameOf(into.table),
    replaces: into.insertKw.name === 'REPLACE' || into.orAction?.actionKw.name === 'REPLACE',
    columns: into.columns?.expr.items.map(({ name }) => name) ?? null,
    copy: select ? copyOf(select, sql, into.orAction?.actionKw.name === 'IGNORE') : null,
    queried: select !== undefined,
    sets:
      conflict?.action.type === 'upsert_action_update'
        ? assignmentsOf(conflict.action.set, sql).map(({ column }) => column)
        : [],
  };
}

function update(statement: Extract<Node, { type: 'update_stmt' }>, sql: string): StatementFacts {
  const head = statement.clauses.find((clause) => clause.type === 'update_clause');
  const set = statement.clauses.find((clause) => clause.type === 'set_clause');
  const where = statement.clauses.find((clause) => clause.type === 'where_clause');
  const [first] = head?.tables.items ?? [];
  if (!first || !set) return { kind: 'other' };
  return {
    kind: 'update',
    table: nameOf(first),
    assignments: assignmentsOf(set, sql),
    ownColumns: where ? ownColumnsIn(where.expr as Node) : [],
  };
}

/** Columns that a condition compares with those of `new` or `old` that are called alike. */
function ownColumnsIn(condition: Node): readonly string[] {
  if (condition.type === 'paren_expr') return ownColumnsIn(condition.expr as Node);
  if (condition.type !== 'binary_expr') return [];
  const { operator, left, right } = condition;
  const name = typeof operator === 'string' ? operator : 'name' in operator ? operator.name : '';
  if (name === 'AND') return [...ownColumnsIn(left as Node), ...ownColumnsIn(right as Node)];
  if (name !== '=' && name !== '==' && name !== 'IS') return [];
  const [one, other] = [nameOf(left as Node), nameOf(right as Node)];
  const isOwn =
    one.toLowerCase() === other.toLowerCase() &&
    isActedFor(left as Node) !== isActedFor(right as Node);
  return isOwn ? [one] : [];
}

/** A column of the row that a trigger acts for. */
function isActedFor(value: Node): boolean {
  return (
    value.type === 'member_expr' &&
    value.object.type === 'identifier' &&
    /^(new|old)$/i.test(value.object.name)
  );
}

function assignmentsOf(set: Extract<Node, { type: 'set_clause' }>, sql: string) {
  return set.assignments.items.flatMap(({ column, expr }) => {
    const value: CopiedValue = expr.type === 'default' ? UNKNOWN_VALUE : copiedValue(expr, sql);
    if (column.type === 'identifier') return [{ column: column.name, value }];
    if (column.type !== 'paren_expr') return [];
    // `set (a, b) = (select …)`
    return column.expr.items.map(({ name }) => ({ column: name, value: UNKNOWN_VALUE }));
  });
}

/** A query on one table, with others joined to it or not; else null. */
function copyOf(query: Node, sql: string, ignores = false): Copy | null {
  let inner: Node = query;
  while (inner.type === 'paren_expr') inner = inner.expr as Node;
  if (inner.type !== 'select_stmt') return null;
  const select = inner as SelectStmt;
  const columns = select.clauses.find((clause) => clause.type === 'select_clause')?.columns;
  const from = select.clauses.find((clause) => clause.type === 'from_clause')?.expr;
  if (columns?.type !== 'list_expr' || !from) return null;
  let first: Node = from;
  while (first.type === 'join_expr') first = first.left;
  const table: Node = first.type === 'alias' ? (first.expr as Node) : first;
  if (table.type !== 'identifier' && table.type !== 'member_expr') return null;
  const alias = first.type === 'alias' ? first.alias.name : nameOf(table);
  const picks = select.clauses.some(({ type }) => PICKS_ROWS.has(type));
  const groups = select.clauses.some(({ type }) => type === 'group_by_clause');
  const distinct = select.clauses.some(
    (clause) => clause.type === 'select_clause' && clause.modifiers.length > 0,
  );
  return {
    from: nameOf(table),
    filtered: ignores || picks || distinct || from.type === 'join_expr',
    grouped: groups || distinct,
    values: columns.items.map((item) => {
      if (item.type === 'all_columns') return '*';
      if (item.type === 'member_expr' && item.property.type === 'all_columns') return '*';
      const value = item.type === 'alias' ? (item.expr as Expr) : (item as Expr);
      return isOf(value, alias) ? copiedValue(value, sql) : UNKNOWN_VALUE;
    }),
  };
}

/** Not a column of another table that is joined. */
function isOf(value: Expr, table: string): boolean {
  if (value.type !== 'member_expr' || value.object.type !== 'identifier') return true;
  return value.object.name.toLowerCase() === table.toLowerCase();
}

const PICKS_ROWS: ReadonlySet<string> = new Set([
  'where_clause',
  'limit_clause',
  'having_clause',
  'group_by_clause',
]);

function copiedValue(expression: Node, sql: string): CopiedValue {
  if (expression.type === 'identifier') return { kind: 'column', name: expression.name };
  if (expression.type === 'member_expr' && expression.property.type === 'identifier') {
    return { kind: 'column', name: expression.property.name };
  }
  if (expression.type === 'null_literal') return { kind: 'null' };
  const columns = new Set<string>();
  let cuts = false;
  let computed = false;
  const visitor = cstVisitor({
    select_stmt: () => {
      computed = true;
    },
    identifier: (node: Identifier) => {
      columns.add(node.name);
    },
    cast_expr: () => {
      cuts = true;
    },
    func_call: ({ name }) => {
      computed = true;
      const called = name.type === 'identifier' ? name.name.toLowerCase() : '';
      columns.delete(called);
      if (/^(substr|substring|round|trunc|floor|ceil|ceiling)$/.test(called)) cuts = true;
    },
  });
  visitor(expression);
  for (const called of functionNames(expression)) columns.delete(called);
  const [only] = columns;
  const constant = columns.size === 0 && !computed;
  return {
    kind: 'expression',
    of: columns.size === 1 && only ? only : null,
    cuts,
    constant,
    sql: expression.range ? sql.slice(...expression.range) : null,
  };
}

function functionNames(expression: Node): string[] {
  const names: string[] = [];
  cstVisitor({
    func_call: ({ name }) => {
      if (name.type === 'identifier') names.push(name.name);
    },
  })(expression);
  return names;
}

/** The last part of a possibly qualified name, without quotes and alias. */
function nameOf(node: Node): string {
  switch (node.type) {
    case 'identifier':
      return node.name;
    case 'member_expr':
      return nameOf(node.property as Node);
    case 'alias':
      return nameOf(node.expr as Node);
    case 'indexed_table':
    case 'not_indexed_table':
      return nameOf(node.table);
    default:
      return 'expr' in node ? nameOf(node.expr as Node) : '';
  }
}

/** An insert of much data: only its target matters. */
function readBeginning(sql: string): StatementFacts {
  const match =
    /^\s*(insert|replace)\s+(?:or\s+(\w+)\s+)?into\s+(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|(\w+))/i.exec(
      sql,
    );
  if (!match) return { kind: 'other' };
  const [, verb = '', or = '', ...names] = match;
  return {
    kind: 'insert',
    table: names.find((name) => name !== undefined) ?? '',
    replaces: /replace/i.test(verb + or),
    columns: null,
    copy: null,
    queried: false,
    sets: [],
  };
}
