/** Temporary tables and views, which take the names of others as long as they are there. */

import { type Name, type StatementFacts, TEMPORARY } from '../parser/statement.ts';

/** While there is one, its name without a schema leads there, and to no table that others see. */
export class TemporaryTables {
  readonly #names = new Set<string>();

  /** The statement, with the schema of those that it names. */
  led(facts: StatementFacts): StatementFacts {
    const led = (name: Name): Name =>
      name.schema === null && this.#names.has(name.name) ? { ...name, schema: TEMPORARY } : name;
    if ('tables' in facts) return { ...facts, tables: facts.tables.map(led) };
    return 'table' in facts && facts.table ? { ...facts, table: led(facts.table) } : facts;
  }

  /** @param facts as they are led */
  take(facts: StatementFacts): void {
    if (facts.kind === 'drop-table') {
      for (const { schema, name } of facts.tables) {
        if (schema === TEMPORARY) this.#names.delete(name);
      }
    } else if (facts.kind === 'drop-view') {
      for (const { schema, name } of facts.views) {
        if (schema === null || schema === TEMPORARY) this.#names.delete(name);
      }
    } else if (facts.kind === 'create-view' && facts.view.schema === TEMPORARY) {
      this.#names.add(facts.view.name);
    } else if (facts.kind === 'create-table' && facts.table.schema === TEMPORARY) {
      this.#names.add(facts.table.name);
    } else if (facts.kind === 'rename-table' && facts.table.schema === TEMPORARY) {
      this.#names.delete(facts.table.name);
      this.#names.add(facts.to);
    }
  }
}
