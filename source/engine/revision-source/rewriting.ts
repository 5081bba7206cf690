/**
 * Whether a statement may drop or rewrite what is stored, by its text: rather once too often. What
 * only adds (tables, columns, indexes, rows) does not.
 */

import { withoutLiterals } from '../../text/literals.ts';

export function mayRewrite(sql: string): boolean {
  const text = withoutLiterals(sql, 'none').toLowerCase();
  return CODE.test(text) || (text.match(DROPS) ?? []).length > 0 || REWRITES.test(text);
}

/** What it does is written elsewhere. */
const CODE = /^\s*(do|call|execute|vacuum|refresh)\b|^\s*(with|select)\b[\s\S]*\(/;

/** All that can be dropped and holds values, or takes along what does. */
const DROPS =
  /\bdrop\s+(?!index\b|view\b|trigger\b|constraint\b|default\b|not\s+null\b|function\b|procedure\b|policy\b|rule\b|expression\b|foreign\b|primary\b|role\b|user\b)\S/g;

const REWRITES =
  /\btruncate\b|\bdelete\s+from\b|(?<!\bon\s)(?<!\bfor\s)(?<!\bor\s)(?<!\bbefore\s)(?<!\bafter\s)(?<!\binstead\sof\s)(?<!no\skey\s)\bupdate\b(?!\s+of\b)|\breplace\s+into\b|\binsert\s+or\s+replace\b|\bor\s+replace\s+into\b|\bmerge\s+into\b|\bdo\s+update\b|\balter\s+(column\s+)?\S+\s+(set\s+data\s+)?type\b|\bwritable_schema\b|\bdrop\s+\S+[\s\S]*\bcascade\b/;
