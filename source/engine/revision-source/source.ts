/** Reads the text of a revision: its class, its methods, and the statements that they send. */

import { type ParseResult, type ParserOptions, parse } from '@babel/parser';
import type * as t from '@babel/types';
import type { Direction } from '../../contract/direction.ts';

/** A call that sends one statement. */
export interface Sent {
  readonly sql: string;
  /** Of the whole expression statement in the text. */
  readonly start: number;
  readonly end: number;
  /** The text before the literal: `this.addSql(`, `await this.execute(`. */
  readonly call: string;
  /** The text after the literal. */
  readonly tail: string;
  readonly quote: "'" | '"' | '`';
}

/** The statements that stand directly in a method; null if there is no such method to read. */
export function sentBy(source: string, direction: Direction): readonly Sent[] | null {
  const file = parsed(source);
  const body = file && methodOf(file, direction);
  return body ? body.body.flatMap((statement) => sentIn(statement, source) ?? []) : null;
}

function sentIn(statement: t.Statement, source: string): Sent | null {
  if (statement.type !== 'ExpressionStatement') return null;
  const { expression } = statement;
  const call = expression.type === 'AwaitExpression' ? expression.argument : expression;
  if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') return null;
  const { object, property } = call.callee;
  if (object.type !== 'ThisExpression' || property.type !== 'Identifier') return null;
  if (property.name !== 'addSql' && property.name !== 'execute') return null;
  const [argument, ...more] = call.arguments;
  if (!argument || more.length > 0) return null;
  const sql = textOf(argument);
  const quote = source[argument.start ?? -1];
  const [start, end] = [statement.start, statement.end];
  if (sql === null || start == null || end == null) return null;
  if (quote !== "'" && quote !== '"' && quote !== '`') return null;
  return {
    sql,
    start,
    end,
    quote,
    call: source.slice(start, argument.start ?? start),
    tail: source.slice(argument.end ?? end, end),
  };
}

function textOf(argument: t.Node): string | null {
  if (argument.type === 'StringLiteral') return argument.value;
  if (argument.type !== 'TemplateLiteral' || argument.expressions.length > 0) return null;
  return argument.quasis[0]?.value.cooked ?? null;
}

/** The body of `up()` or `down()` of the class that is exported. */
function methodOf(file: ParseResult, direction: Direction): t.BlockStatement | null {
  return memberOf(file, direction)?.body ?? null;
}

export function memberOf(file: ParseResult, name: string): t.ClassMethod | null {
  return classOf(file, name)?.member ?? null;
}

/** The class that has a method of that name, with the statement of the file that it stands in. */
export function classOf(file: ParseResult, name: string) {
  for (const statement of file.program.body) {
    const declared =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
        ? statement.declaration
        : statement;
    if (declared?.type !== 'ClassDeclaration') continue;
    for (const member of declared.body.body) {
      if (member.type !== 'ClassMethod' || member.key.type !== 'Identifier') continue;
      if (member.key.name === name && !member.static) return { statement, declared, member };
    }
  }
  return null;
}

const OPTIONS: ParserOptions = {
  sourceType: 'unambiguous',
  plugins: ['typescript', 'decorators'],
};

export function parsed(source: string): ParseResult | null {
  try {
    return parse(source, OPTIONS);
  } catch {
    return null;
  }
}

export function indentAt(source: string, place: number): string {
  const line = source.slice(source.lastIndexOf('\n', place - 1) + 1, place);
  return /^\s*/.exec(line)?.[0] ?? '';
}

/** As JavaScript writes it, with the preferred quotes if they can hold it. */
export function literal(sql: string, preferred: Sent['quote']): string {
  const simple = !/[\\\r\n]/.test(sql);
  for (const quote of [preferred, "'", '"'] as const) {
    if (quote !== '`' && simple && !sql.includes(quote)) return quote + sql + quote;
    if (quote === '`' && !/[\\`\r]|\$\{/.test(sql)) return quote + sql + quote;
  }
  const escaped = sql
    .replaceAll('\\', '\\\\')
    .replaceAll('`', '\\`')
    .replaceAll('${', '\\${')
    // A template would turn it into a line feed.
    .replaceAll('\r', '\\r');
  return `\`${escaped}\``;
}
