/** The rehearsal of one revision, from the state before it to the state with it. */

import type { Direction } from '../../contract/direction.ts';
import type { Preview } from '../../contract/preview.ts';
import type {
  Downgrade,
  Finding,
  Pass,
  RehearsalInputs,
  RehearsalStepName,
  RepairChoice,
  RevisionRehearsal,
  TestResult,
} from '../../contract/rehearsal.ts';
import { hashOfBase } from '../../contract/rehearsal-inputs.ts';
import type { Revision } from '../../contract/revision.ts';
import type { StatementError } from '../../contract/statement.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { plural } from '../../text/format.ts';
import type { DialectFinding, RevisionStatements } from '../databases/analysis.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import { withDeclared } from '../databases/data-loss-findings.ts';
import { detailsOf, type FindingFacts, findingOf } from '../databases/finding.ts';
import type { Mark, Yardstick } from '../databases/throwaway.ts';
import { Refusal } from '../refusal.ts';
import { textOf } from '../revision-source/revision-text.ts';
import { droppedForGood, keptColumns } from '../revision-source/rewrite.ts';
import { schemaHashOf } from '../schemas/schema-hash.ts';
import { baseOf, type RevisionContext } from './context.ts';
import { entityDefault } from './entity-default.ts';
import { compareWithEntities } from './entity-difference.ts';
import { provenBy } from './proof.ts';
import { reportedRepairs } from './repair.ts';
import type { RanPass, Sandbox } from './sandbox.ts';
import { differenceOf, driftOf, type Kept, reorderedTables } from './schema-difference.ts';
import { Steps, summaryOf } from './steps.ts';

export async function rehearseRevision(
  context: RevisionContext,
  sandbox: Sandbox,
  revision: Revision,
  opening: Steps,
): Promise<RevisionRehearsal> {
  return new RevisionRun(context, sandbox, revision, opening).run();
}

class RevisionRun {
  readonly #context: RevisionContext;
  readonly #sandbox: Sandbox;
  readonly #revision: Revision;
  readonly #steps: Steps;
  readonly #findings: Finding[] = [];
  readonly #passes: Pass[] = [];
  readonly #tests: TestResult[] = [];
  readonly #source: string | null;
  #failed = false;
  #downgrade: Downgrade = 'not-run';
  /** What the present step found, whether an earlier one told it already or not. */
  #found: FindingFacts[] = [];
  #rows = 0;
  #rowsLost = 0;
  #inputs: RehearsalInputs;
  #up: Preview | null = null;
  #down: Preview | null = null;

  constructor(context: RevisionContext, sandbox: Sandbox, revision: Revision, opening: Steps) {
    this.#context = context;
    this.#sandbox = sandbox;
    this.#revision = revision;
    this.#steps = new Steps(context.events, context.base, revision.name, opening.done);
    const file = context.files.get(revision.name);
    this.#source = file ? textOf(file) : null;
    this.#inputs = {
      file: revision.sha256,
      code: context.project.codeHash,
      revisions: hashOfBase(baseOf(context.history, revision.name)),
      schema: '',
    };
  }

  async run(): Promise<RevisionRehearsal> {
    const mark = await this.#reachBase();
    try {
      if (mark) await this.#walk(mark);
    } finally {
      await mark?.release();
    }
    return {
      name: this.#revision.name,
      file: this.#revision.file,
      base: this.#context.base,
      verdict: this.#verdict(),
      downgrade: this.#downgrade,
      inputs: this.#inputs,
      steps: this.#steps.done,
      passes: this.#passes,
      findings: this.#findings,
      rows: this.#rows,
      rowsLost: this.#rowsLost,
      tests: this.#tests,
    };
  }

  /** Null if the state before the revision could not be reached. */
  async #reachBase(): Promise<Mark | null> {
    const { history, reader, files } = this.#context;
    const wanted = baseOf(history, this.#revision.name);
    this.#found = [];
    return this.#steps.step('base', async (progress) => {
      const names = wanted.map(({ name }) => name);
      const applied = await this.#sandbox.applied();
      const extra = applied.filter((name) => !names.includes(name)).toReversed();
      const lacking = names.filter((name) => !applied.includes(name));
      const moves = [
        ...extra.map((name) => ({ name, direction: 'down' as const })),
        ...lacking.map((name) => ({ name, direction: 'up' as const })),
      ];
      for (const [index, { name, direction }] of moves.entries()) {
        progress(index / moves.length);
        const file = files.get(name);
        if (!file) {
          throw new Refusal('missing-file', {
            what: `${name} has to be ${direction === 'up' ? 'applied' : 'reverted'} first, but there is no file for it here.`,
            next: ['Another branch or the git history may have it.'],
          });
        }
        const preview = await reader.preview(file, direction);
        const { pass } = await this.#sandbox.run(preview, direction, null);
        if (!pass.failure) continue;
        const problem = preview.irreversible ?? pass.failure.error.message;
        this.#fail(
          'base',
          `${name}, which has to be ${direction === 'up' ? 'applied' : 'reverted'} first, failed: ${problem}`,
        );
        return { value: null, note: `${name} failed.`, failed: true };
      }
      await this.#checkDrift(names);
      const mark = await this.#sandbox.throwaway.mark();
      this.#rows = mark.rows;
      this.#inputs = {
        ...this.#inputs,
        schema: await this.#sandbox.connected(() => schemaHashOf(this.#sandbox.project)),
      };
      const drifted = this.#found.length > 0;
      return {
        value: mark,
        note: `${plural(names.length, 'revision')} applied, ${plural(mark.rows, 'row')}${drifted ? '; the target has drifted' : ''}.`,
      };
    });
  }

  /** A replayed database shows what the target's revisions make of it. */
  async #checkDrift(names: readonly string[]): Promise<void> {
    const { history, throwaways, replayed } = this.#context;
    const { appliedOrder, target } = history;
    if (!replayed || !target.exists || names.length !== appliedOrder.length) return;
    if (names.some((name) => !appliedOrder.includes(name))) return;
    const real = await throwaways.targetObjects();
    if (real === null) return;
    const difference = driftOf(await this.#sandbox.throwaway.objects(), real);
    if (difference.length === 0) return;
    this.#add('base', {
      kind: 'drift',
      severity: 'notice',
      what: `The schema of ${target.database} is not what its ${plural(names.length, 'revision')} make of an empty database.`,
      why: 'It was changed by something else, or a revision was edited after it was applied.',
      details: difference,
    });
  }

  /** The state that the next pass begins with; the first one where no twin can be made of it. */
  async #start(first: Mark): Promise<Mark> {
    const { throwaway } = this.#sandbox;
    return throwaway.instead ? throwaway.mark() : first;
  }

  /** What a pass that began with `start` is measured by. */
  #yardstick(start: Mark, preview: Preview, direction: Direction): Yardstick {
    const sandbox = this.#sandbox;
    return {
      start,
      twin: (options) => sandbox.twin(start, () => sandbox.run(preview, direction, start), options),
    };
  }

  async #walk(mark: Mark): Promise<void> {
    const { reader, files } = this.#context;
    const file = files.get(this.#revision.name);
    if (!file) return;
    this.#up = await reader.preview(file, 'up');
    this.#down = await reader.preview(file, 'down');
    this.#checkRunner();
    const up = await this.#pass('up', this.#up, mark);
    if (up.pass.failure) return this.#skipFrom('check-up', 'The upgrade failed.');
    const upgraded = await this.#checkUp(mark, up, this.#yardstick(mark, this.#up, 'up'));
    await this.#prove(mark);
    await this.#test('test');
    if (this.#down.noDowngrade) {
      this.#downgrade = 'no-downgrade';
      this.#add('down', {
        kind: 'no-downgrade',
        severity: 'notice',
        what: 'It has no down(), so there is no way back.',
        why: 'The rehearsal is of the upgrade only. Write a down(), or one that throws an error that says why there is none.',
      });
      return this.#skipFrom('down', 'It has no down().');
    }
    if (this.#down.irreversible !== null) {
      this.#downgrade = 'irreversible';
      this.#add('down', {
        kind: 'irreversible',
        severity: 'notice',
        what: `It can’t be downgraded: ${this.#down.irreversible}`,
        why: 'The rehearsal is of the upgrade only.',
      });
      return this.#skipFrom('down', 'It is irreversible, as its author says.');
    }
    let down: RanPass;
    const above = await this.#start(mark);
    try {
      down = await this.#pass('down', this.#down, above);
      this.#downgrade = down.pass.failure ? 'failed' : 'ran';
      if (down.pass.failure) return this.#skipFrom('check-down', 'The downgrade failed.');
      await this.#checkDown(mark, [up, down], this.#yardstick(above, this.#down, 'down'));
    } finally {
      if (above !== mark) await above.release();
    }
    await this.#test('test-downgraded');
    const below = await this.#start(mark);
    try {
      const again = await this.#pass('up-again', this.#up, below);
      if (again.pass.failure) return this.#skipFrom('check-again', 'The second upgrade failed.');
      const since = below === mark ? [up, down, again] : [again];
      await this.#checkAgain(below, since, upgraded, this.#yardstick(below, this.#up, 'up'));
    } finally {
      if (below !== mark) await below.release();
    }
  }

  /** A repair is measured by the revision without it. */
  async #prove(mark: Mark): Promise<void> {
    const { reader, request, originals } = this.#context;
    const original = originals?.get(this.#revision.name);
    if (!original || request.repaired?.revision !== this.#revision.name) return;
    const finding = await provenBy(this.#sandbox, reader, mark, original, request.repaired);
    if (finding) this.#add('check-up', finding);
  }

  /** MikroORM's own command would not come back from it; Handrail's run would. */
  #checkRunner(): void {
    const { transactional, allOrNothing } = this.#sandbox.project.settings;
    const { oneConnection } = this.#context.project.dialect;
    if (!transactional || !allOrNothing || !oneConnection || this.#up?.transactional !== false) {
      return;
    }
    this.#add('up', {
      kind: 'failed',
      severity: 'hazard',
      what: 'mikro-orm migration:up never ends with this revision: it waits for itself.',
      why: 'The revision asks for no transaction, and allOrNothing puts one around all revisions; there is one connection only. Handrail runs it with one transaction per revision. Set migrations.allOrNothing to false, or let the revision have its transaction.',
    });
  }

  async #pass(step: 'up' | 'down' | 'up-again', preview: Preview, mark: Mark): Promise<RanPass> {
    const direction = step === 'down' ? 'down' : 'up';
    return this.#steps.step(step, async () => {
      const ran = await this.#sandbox.run(preview, direction, mark, step === 'up-again');
      this.#passes.push(ran.pass);
      const { failure } = ran.pass;
      const count = ran.record.statements.length;
      if (!failure) {
        if (step !== 'up-again') await this.#checkOthers(step, ran, mark);
        return { value: ran, note: `${plural(count, 'statement')}.` };
      }
      const { error, statement } = failure;
      await this.#failPass(step, ran, error, statement?.sql ?? null, mark);
      return { value: ran, note: error.message, failed: true };
    });
  }

  /** Whom it would keep waiting at the target. */
  async #checkOthers(step: 'up' | 'down', { record }: RanPass, mark: Mark): Promise<void> {
    const { target } = this.#context;
    if (target === null) return;
    const { throwaway } = this.#sandbox;
    const found = await throwaway.hazards(mark, record, this.#statements(), target);
    for (const finding of found) this.#add(step, finding);
  }

  async #failPass(
    step: 'up' | 'down' | 'up-again',
    ran: RanPass,
    error: StatementError,
    failed: string | null,
    mark: Mark,
  ): Promise<void> {
    this.#failed = true;
    const { throwaway } = this.#sandbox;
    const diagnosis = await throwaway.diagnose(mark, ran.record, error, failed, this.#statements());
    if (diagnosis) {
      this.#add(step, diagnosis);
      return;
    }
    const verb = { up: 'upgrade', down: 'downgrade', 'up-again': 'second upgrade' }[step];
    this.#add(step, {
      kind: 'failed',
      severity: 'hazard',
      what: `The ${verb} failed: ${error.message}`,
      why: failed === null ? 'Its code threw, or the transaction could not be committed.' : '',
      details: detailsOf(error),
      statement: failed,
    });
  }

  /** Returns what the schema is with the revision. */
  async #checkUp(mark: Mark, up: RanPass, yardstick: Yardstick): Promise<readonly SchemaObject[]> {
    return this.#steps.step('check-up', async () => {
      const { throwaway } = this.#sandbox;
      this.#found = [];
      const { findings, rowsLost } = withDeclared(
        await throwaway.compare(mark, [up.record], this.#statements(), yardstick),
        this.#forGood(),
      );
      this.#rowsLost = rowsLost;
      for (const finding of findings) this.#add('check-up', finding);
      // What is wrong with the file itself shows at the end as well, and is asked only once.
      const last = this.#down?.irreversible !== null;
      await this.#checkContent('check-up', mark, [up], last);
      const objects = await throwaway.objects();
      await this.#checkEntities(objects);
      return { value: objects, note: this.#summary() };
    });
  }

  async #checkContent(
    step: RehearsalStepName,
    mark: Mark,
    passes: readonly RanPass[],
    structure: boolean,
  ): Promise<void> {
    const records = passes.map(({ record }) => record);
    const { throwaway } = this.#sandbox;
    const found = await throwaway.check(mark, records, this.#statements(), structure);
    for (const finding of found) this.#add(step, finding);
  }

  /** Only the newest revision is expected to make what the entities say. */
  async #checkEntities(objects: readonly SchemaObject[]): Promise<void> {
    const { project, history, throwaways, files } = this.#context;
    if (this.#revision.name !== [...files.keys()].at(-1)) return;
    const all = new Set([...history.revisions.map(({ name }) => name)]);
    if ((await this.#sandbox.applied()).length < all.size) return;
    const made = await throwaways.empty('entities');
    const { statements, minor, unknown, unseen, problem } = await compareWithEntities(
      project,
      this.#sandbox,
      objects,
      made,
    );
    if (problem !== null) {
      this.#add('check-up', {
        kind: 'not-compared',
        severity: 'hazard',
        what: 'The schema could not be compared with the entities.',
        why: problem,
      });
    }
    const details = [...statements, ...unseen];
    if (details.length > 0) {
      this.#add('check-up', {
        kind: 'entities-differ',
        severity: 'hazard',
        what: 'After the upgrade the schema is not what the entities say.',
        why: 'Either the revision or the entities lack something. These statements would make up for it:',
        details,
      });
    }
    if (minor.length > 0) {
      this.#add('check-up', {
        kind: 'entities-differ',
        severity: 'notice',
        what: `${plural(minor.length, 'object')} of the schema ${minor.length === 1 ? 'differs' : 'differ'} from the entities, which hurts nobody.`,
        details: minor,
      });
    }
    if (unknown.length > 0) {
      this.#add('check-up', {
        kind: 'entities-differ',
        severity: 'notice',
        what: `The entities do not know ${plural(unknown.length, 'object')} of the schema.`,
        why: 'Drafts leave them alone, or ask.',
        details: unknown.map(({ words }) => words),
      });
    }
  }

  async #checkDown(mark: Mark, passes: readonly RanPass[], yardstick: Yardstick): Promise<void> {
    await this.#steps.step('check-down', async () => {
      const { throwaway } = this.#sandbox;
      this.#found = [];
      const records = passes.map(({ record }) => record);
      const { findings } = await throwaway.compare(mark, records, this.#statements(), yardstick);
      for (const finding of findings) this.#add('check-down', finding);
      await this.#checkContent('check-down', mark, passes, false);
      const kept = this.#kept();
      const objects = await throwaway.objects();
      const difference = differenceOf(mark.objects, objects, kept);
      if (difference.length > 0) {
        const idle = passes.at(-1)?.record.statements.length === 0;
        this.#add('check-down', {
          kind: 'schema-differs',
          severity: 'hazard',
          what: 'After the downgrade the schema is not what it was before the upgrade.',
          why: [idle ? 'Its down() sent no statement.' : '', howToKeep(difference)]
            .filter(Boolean)
            .join(' '),
          details: difference,
        });
      }
      const reordered = reorderedTables(mark.objects, objects);
      if (reordered.length > 0) {
        this.#add('check-down', {
          kind: 'schema-differs',
          severity: 'notice',
          what: 'After the downgrade columns are in another order: a column comes back as the last one.',
          why: 'It matters only to statements that give values without naming the columns.',
          details: reordered,
        });
      }
      if (kept.length > 0) {
        this.#add('check-down', {
          kind: 'kept',
          severity: 'notice',
          what: `The downgrade keeps ${kept.map(({ table, column }) => `${table}.${column}`).join(', ')}, as the revision says.`,
        });
      }
      return { value: undefined, note: this.#summary() };
    });
  }

  async #checkAgain(
    start: Mark,
    passes: readonly RanPass[],
    upgraded: readonly SchemaObject[],
    yardstick: Yardstick,
  ): Promise<void> {
    await this.#steps.step('check-again', async () => {
      const { throwaway } = this.#sandbox;
      this.#found = [];
      const records = passes.map(({ record }) => record);
      const { findings } = withDeclared(
        await throwaway.compare(start, records, this.#statements(), yardstick),
        this.#forGood(),
      );
      for (const finding of findings) this.#add('check-again', finding);
      await this.#checkContent('check-again', start, passes, true);
      const difference = differenceOf(upgraded, await throwaway.objects(), []);
      if (difference.length > 0) {
        this.#add('check-again', {
          kind: 'not-repeatable',
          severity: 'hazard',
          what: 'After the second upgrade the schema is not what it was after the first.',
          details: difference,
        });
      }
      return { value: undefined, note: this.#summary() };
    });
  }

  async #test(step: 'test' | 'test-downgraded'): Promise<void> {
    const { request, events, project } = this.#context;
    const which = step === 'test' ? 'test' : 'testDowngraded';
    if (!request.tests[step === 'test' ? 'upgraded' : 'downgraded']) {
      return this.#steps.skip(step, `No test command configured (setting \`${which}\`).`);
    }
    await this.#steps.step(step, async () => {
      const result = await events.testWanted(
        which,
        this.#sandbox.throwaway.url,
        project.location.place,
      );
      this.#tests.push(result);
      if (result.ok) return { value: undefined, note: `${result.command} passed.` };
      this.#add(step, {
        kind: 'test-failed',
        severity: 'hazard',
        what: `${result.command} failed on the ${step === 'test' ? 'upgraded' : 'downgraded'} database (${result.ended}).`,
        details: result.output.slice(-20),
      });
      return { value: undefined, note: `${result.command} failed.`, failed: true };
    });
  }

  #kept(): readonly Kept[] {
    return this.#source === null ? [] : keptColumns(this.#source);
  }

  #forGood(): readonly string[] {
    return this.#source === null ? [] : droppedForGood(this.#source);
  }

  #statements(): RevisionStatements {
    return { up: this.#up?.statements ?? [], down: this.#down?.statements ?? [] };
  }

  #skipFrom(first: RehearsalStepName, why: string): void {
    const order: readonly RehearsalStepName[] = [
      'check-up',
      'test',
      'down',
      'check-down',
      'test-downgraded',
      'up-again',
      'check-again',
    ];
    for (const step of order.slice(order.indexOf(first))) this.#steps.skip(step, why);
  }

  #fail(step: RehearsalStepName, what: string): void {
    this.#failed = true;
    this.#add(step, { kind: 'failed', severity: 'hazard', what });
  }

  /** The same finding at a later step says nothing new but that it is there, too. */
  #add(step: RehearsalStepName, facts: FindingFacts): void {
    this.#found.push(facts);
    const at = this.#findings.findIndex(
      (known) => known.step !== step && known.severity === facts.severity && isSame(known, facts),
    );
    const known = this.#findings[at];
    if (known) {
      this.#findings[at] = { ...known, again: [...new Set([...known.again, step])] };
      return;
    }
    const finding = findingOf(facts);
    const repairs = reportedRepairs(finding, this.#statements(), this.#text());
    const proposing = repairs.map((repair) => ({
      ...repair,
      choice: this.#proposing(finding, repair.choice),
    }));
    this.#findings.push({ ...finding, step, again: [], repairs: proposing });
  }

  /** Where the statements say no value for a column that has to have one, the entity may. */
  #proposing({ kind, table, column }: DialectFinding, choice: RepairChoice | null) {
    if (!choice?.name || choice.proposed !== null) return choice;
    if (kind !== 'not-null' || table === null || column === null) return choice;
    return { ...choice, proposed: entityDefault(this.#sandbox.project.orm, table, column) };
  }

  #text() {
    const { file } = this.#revision;
    return file === null || this.#source === null ? null : { file, source: this.#source };
  }

  #summary(): string {
    return summaryOf(this.#found);
  }

  #verdict(): Verdict {
    if (this.#failed) return 'failed';
    return this.#findings.some(({ severity }) => severity === 'hazard') ? 'hazards' : 'clean';
  }
}

/** About the same table, column and number of rows. */
function isSame(known: Finding, { kind, table, column, rows }: FindingFacts): boolean {
  return (
    known.table !== null &&
    known.kind === kind &&
    known.table === (table ?? null) &&
    known.column === (column ?? null) &&
    known.rows === (rows ?? null)
  );
}

/** A column may stay on purpose; the author has to say so. */
function howToKeep(difference: readonly string[]): string {
  const columns = difference.map((each) => /^\+ column ([^:]+)/.exec(each)?.[1]);
  if (columns.includes(undefined)) return '';
  return `If they stay on purpose, say so in the revision: // handrail: keep ${columns.join(', ')}`;
}
