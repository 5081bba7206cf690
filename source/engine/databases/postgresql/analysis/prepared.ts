/** Statements that a session prepared, which `execute` says by their names. */

import type { StatementFacts } from '../parser/statement.ts';

export interface Meant {
  readonly facts: readonly StatementFacts[];
  /** Of what runs. */
  readonly sql: string;
}

export class PreparedStatements {
  readonly #known = new Map<string, Meant>();

  /** What a text does, with what stands behind the names that it executes. */
  meant({ facts, sql }: Meant): Meant {
    const found: StatementFacts[] = [];
    const texts = [sql];
    for (const fact of facts) {
      if (fact.kind === 'prepare') this.#known.set(fact.name, { facts: fact.does, sql });
      if (fact.kind === 'deallocate' && fact.name === null) this.#known.clear();
      if (fact.kind === 'deallocate' && fact.name !== null) this.#known.delete(fact.name);
      const known = fact.kind === 'execute' ? this.#known.get(fact.name) : undefined;
      found.push(...(known?.facts ?? [fact]));
      if (known) texts.push(known.sql);
    }
    return { facts: found, sql: texts.join('; ') };
  }
}
