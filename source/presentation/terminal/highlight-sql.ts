/** The SQL grammar and its highlighter, in a file of their own so that they load later. */

import sql from 'highlight.js/lib/languages/sql';
import { createLowlight } from 'lowlight';

const lowlight = createLowlight({ sql });

/** A node of the highlighted tree: text, or an element with classes and children. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly unknown[];
}

/** The SQL in pieces, each with the class that the grammar gives it. */
export function highlightSql(text: string): readonly { text: string; className: string }[] {
  const pieces: { text: string; className: string }[] = [];
  const visit = (node: Node, className: string) => {
    if (node.type === 'text') pieces.push({ text: node.value ?? '', className });
    const own = node.properties?.className;
    const inner = Array.isArray(own) ? String(own[0]).replace('hljs-', '') : className;
    for (const child of node.children ?? []) visit(child as Node, inner);
  };
  visit(lowlight.highlight('sql', text), '');
  return pieces;
}
