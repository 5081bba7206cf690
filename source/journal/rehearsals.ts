/** What the journal keeps of a rehearsal. */

import type { Failure } from '../contract/failure.ts';
import type { PlanInputs } from '../contract/plan.ts';
import type {
  Downgrade,
  Finding,
  FindingKind,
  Pass,
  RehearsalReport,
  RehearsalStep,
  RevisionRehearsal,
  StatementEffect,
} from '../contract/rehearsal.ts';
import type { LiteralPolicy, StatementError } from '../contract/statement.ts';
import type { Verdict } from '../contract/verdict.ts';
import { withoutLiterals } from '../text/literals.ts';
import { messageKept, withoutData, withoutDataOf } from '../text/messages.ts';
import { redact, redactUrls, withoutSecrets } from '../text/redact.ts';

/** A revision of a rehearsal as it is asked for. */
export interface RehearsedRow {
  readonly rehearsal: number;
  readonly name: string;
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly at: string;
  readonly file: string | null;
  readonly code: string;
  readonly revisions: string;
  readonly schema: string;
  readonly upMs: number | null;
  readonly downMs: number | null;
  readonly rows: number;
  readonly rowsLost: number;
  /** Of the last plan that it was rehearsed in, as it is; null if it was in none. */
  readonly plan: Verdict | null;
}

/** A plan of a rehearsal as it is asked for. */
export interface RehearsedPlan {
  readonly rehearsal: number;
  /** ISO 8601. */
  readonly at: string;
  readonly verdict: Verdict;
  readonly inputs: PlanInputs;
}

export function rehearsedRow(revision: RevisionRehearsal) {
  const { name, base, verdict, inputs, passes, rows, rowsLost } = revision;
  const msOf = (direction: Pass['direction']) =>
    passes.find((pass) => pass.direction === direction && pass.failure === null)?.ms ?? null;
  return { name, base, verdict, ...inputs, upMs: msOf('up'), downMs: msOf('down'), rows, rowsLost };
}

/** What was measured that an older Handrail did not measure, so that its reports can be shown. */
const LATER = { locks: [], rewritten: [], scanned: [], built: [], wal: null } as const;

/** @param text what the journal holds; an older Handrail may have written it */
export function readReport(text: string): RehearsalReport {
  const report = JSON.parse(text) as RehearsalReport;
  return {
    ...report,
    plans: report.plans ?? [],
    revisions: report.revisions.map((revision) => ({
      ...revision,
      downgrade: revision.downgrade ?? downgradeOf(revision),
      findings: revision.findings.map((finding) => ({
        ...finding,
        again: finding.again ?? [],
        repairs: finding.repairs.map((repair) => ({ ...NO_MORE, ...repair })),
      })),
      passes: revision.passes.map((pass) => ({
        ...pass,
        statements: pass.statements.map((statement) => ({ ...LATER, ...statement })),
      })),
    })),
  };
}

/** An older Handrail did not say, and did not tell a missing `down()` from one that refuses. */
function downgradeOf({ findings, passes }: RevisionRehearsal): Downgrade {
  const pass = passes.find(({ direction }) => direction === 'down');
  if (pass) return pass.failure ? 'failed' : 'ran';
  return findings.some(({ kind }) => kind === 'irreversible') ? 'irreversible' : 'not-run';
}

const NO_MORE = {
  id: '',
  further: [],
  choice: { name: null, proposed: null },
  differs: [],
} as const;

/** Without credentials; with the policy `none` without data too. Output of passed tests goes. */
export function keptReport(report: RehearsalReport, policy: LiteralPolicy): RehearsalReport {
  const kept = new Keeping(policy, errorsOf(report));
  return {
    ...report,
    plans: report.plans.map((plan) => ({
      ...plan,
      steps: plan.steps.map((step) => kept.step(step)),
      failure: plan.failure && kept.failure(plan.failure),
      findings: plan.findings.map((finding) => kept.finding(finding)),
      passes: plan.passes.map((pass) => kept.pass(pass)),
    })),
    revisions: report.revisions.map((revision) => ({
      ...revision,
      steps: revision.steps.map((step) => kept.step(step)),
      findings: revision.findings.map((finding) => kept.finding(finding)),
      passes: revision.passes.map((pass) => kept.pass(pass)),
      tests: revision.tests.map((test) => ({
        ...test,
        output: test.ok || policy === 'none' ? [] : test.output.map(redact),
      })),
    })),
  };
}

/** What went wrong in a report: findings and steps repeat its words. */
function errorsOf({ plans, revisions }: RehearsalReport): readonly StatementError[] {
  const failures = [
    ...plans.flatMap(({ failure, passes }) => [failure, ...passes.map((pass) => pass.failure)]),
    ...revisions.flatMap(({ passes }) => passes.map((pass) => pass.failure)),
  ];
  return failures.flatMap((failure) => (failure ? [failure.error] : []));
}

/** Kinds of findings whose details are SQL of a schema, and not rows. */
const ABOUT_SCHEMAS: ReadonlySet<FindingKind> = new Set([
  ...(['drift', 'schema-differs', 'entities-differ', 'objects-lost'] as const),
]);

class Keeping {
  readonly #policy: LiteralPolicy;
  /** What is taken out wherever it is repeated, the longest first. */
  readonly #said: readonly string[];

  constructor(policy: LiteralPolicy, errors: readonly StatementError[]) {
    this.#policy = policy;
    const data = errors.flatMap(({ message, detail, hint, raised }) => [
      ...(raised ? [message] : []),
      detail ?? '',
      hint ?? '',
    ]);
    const said = policy === 'none' ? data.filter((text) => text !== '') : [];
    this.#said = said.toSorted((one, other) => other.length - one.length);
  }

  text(text: string): string {
    const without = this.#said.reduce((rest, said) => rest.replaceAll(said, '…'), text);
    return withoutData(without, this.#policy);
  }

  step(step: RehearsalStep): RehearsalStep {
    return { ...step, note: this.text(step.note) };
  }

  finding(finding: Finding): Finding {
    const none = this.#policy === 'none';
    const details = none && !ABOUT_SCHEMAS.has(finding.kind) ? [] : finding.details;
    return {
      ...finding,
      what: none ? this.text(finding.what) : redact(finding.what),
      why: this.text(finding.why),
      keys: none ? [] : finding.keys,
      statement: finding.statement && keptSql(finding.statement, this.#policy),
      details: details.map((line) => (none ? withoutLiterals(redact(line), 'none') : redact(line))),
    };
  }

  pass<P extends Pass>(pass: P): P {
    return {
      ...pass,
      statements: pass.statements.map(
        (statement): StatementEffect => ({
          ...statement,
          sql: keptSql(statement.sql, this.#policy),
          error: statement.error && messageKept(statement.error, this.#policy),
        }),
      ),
      failure: pass.failure && this.failure(pass.failure),
    };
  }

  failure(failure: Omit<Failure, 'aftermath'>): Omit<Failure, 'aftermath'> {
    return {
      ...failure,
      error: withoutDataOf(failure.error, this.#policy, failure.statement?.sql),
      statement: failure.statement && {
        ...failure.statement,
        sql: keptSql(failure.statement.sql, this.#policy),
      },
    };
  }
}

function keptSql(sql: string, policy: LiteralPolicy): string {
  return withoutLiterals(withoutSecrets(redactUrls(sql)), policy);
}
