/** What the journal keeps of a rehearsal. */

import type {
  Downgrade,
  Finding,
  Pass,
  PlanInputs,
  RehearsalReport,
  RevisionRehearsal,
  StatementEffect,
  Verdict,
} from '../rehearsal.ts';
import { redact, redactUrls, withoutSecrets } from '../text/redact.ts';
import { type LiteralPolicy, withoutLiterals } from './literals.ts';
import { withoutData } from './messages.ts';

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

const NO_MORE = { further: [] } as const;

/** Without credentials; with the policy `none` without data too. Output of passed tests goes. */
export function keptReport(report: RehearsalReport, policy: LiteralPolicy): RehearsalReport {
  return {
    ...report,
    plans: report.plans.map((plan) => ({
      ...plan,
      findings: plan.findings.map((finding) => keptFinding(finding, policy)),
      passes: plan.passes.map((pass) => keptPass(pass, policy)),
      failure: plan.failure && keptFailure(plan.failure, policy),
    })),
    revisions: report.revisions.map((revision) => ({
      ...revision,
      findings: revision.findings.map((finding) => keptFinding(finding, policy)),
      passes: revision.passes.map((pass) => keptPass(pass, policy)),
      tests: revision.tests.map((test) => ({
        ...test,
        output: test.ok || policy === 'none' ? [] : test.output.map(redact),
      })),
    })),
  };
}

function keptFinding(finding: Finding, policy: LiteralPolicy): Finding {
  const details = policy === 'none' && finding.kind === 'test-failed' ? [] : finding.details;
  return {
    ...finding,
    why: withoutData(finding.why, policy),
    keys: policy === 'none' ? [] : finding.keys,
    statement: finding.statement && keptSql(finding.statement, policy),
    details: details.map(redact),
  };
}

function keptPass<P extends Pass>(pass: P, policy: LiteralPolicy): P {
  return {
    ...pass,
    statements: pass.statements.map(
      (statement): StatementEffect => ({
        ...statement,
        sql: keptSql(statement.sql, policy),
        error: statement.error && withoutData(statement.error, policy),
      }),
    ),
    failure: pass.failure && keptFailure(pass.failure, policy),
  };
}

function keptFailure(
  failure: NonNullable<Pass['failure']>,
  policy: LiteralPolicy,
): NonNullable<Pass['failure']> {
  const { error, statement } = failure;
  return {
    ...failure,
    error: { ...error, message: withoutData(error.message, policy) },
    statement: statement && { ...statement, sql: keptSql(statement.sql, policy) },
  };
}

function keptSql(sql: string, policy: LiteralPolicy): string {
  return withoutLiterals(withoutSecrets(redactUrls(sql)), policy);
}
