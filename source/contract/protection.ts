/**
 * Targets that nobody should change by mistake: which ones they are, and what has to be said
 * before one is changed. Pure.
 */

import { matchesPattern } from './pattern.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Target } from './target.ts';

/** Where a target is, as data. */
export type TargetPlace =
  | {
      readonly kind: 'file';
      /** Absolute, links resolved. */
      readonly path: string;
    }
  | {
      readonly kind: 'server';
      /** A folder, for a Unix socket; null where only an open connection can tell. */
      readonly host: string | null;
      readonly port: number;
      readonly database: string;
    };

/**
 * A text matches the host, the database, the path or the context; of an object all that it has must
 * match. `*` stands for anything; a text that begins with `!` is an exception.
 */
export type ProtectedPattern =
  | string
  | Readonly<Partial<Record<(typeof PATTERN_FIELDS)[number], string>>>;

export const PATTERN_FIELDS = ['host', 'database', 'path', 'context'] as const;

type Field = (typeof PATTERN_FIELDS)[number];

/** What a person says before a protected target is changed. */
export interface Consent {
  /** Its name. */
  readonly target?: string | undefined;
  /** A downgrade may run although no rehearsal proved it. */
  readonly unproven?: boolean | undefined;
}

/** The word for {@link Consent.unproven} where it is typed. */
export const UNPROVEN = 'unproven';

/** Whether a server of that name is on this machine: a loopback address, or a socket. */
export function isThisMachine(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (name === '' || name.startsWith('/') || name.startsWith('@')) return true;
  return (
    /^(.+\.)?localhost$/.test(name) ||
    /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name) ||
    /^(0*:)*0*1$/.test(name)
  );
}

/**
 * Why a target is protected, in one sentence; null if it is not.
 *
 * @param database for people
 */
export function whyProtected(
  place: TargetPlace,
  { name: context, database }: Pick<Target, 'name' | 'database'>,
  patterns: readonly ProtectedPattern[],
): string | null {
  const facts = factsOf(place, context, database);
  const exceptions = patterns.flatMap((each) =>
    typeof each === 'string' && each.startsWith('!') ? [each.slice(1)] : [],
  );
  if (exceptions.some((each) => matches(each, facts))) return null;
  const matching = patterns.find(
    (each) => !(typeof each === 'string' && each.startsWith('!')) && matches(each, facts),
  );
  if (matching !== undefined) return `The setting protected names it: ${shown(matching)}.`;
  if (place.kind === 'file') return null;
  if (place.host === null) return 'Where its server is can’t be told from the configuration.';
  return isThisMachine(place.host) ? null : `Its server ${place.host} is not on this machine.`;
}

type Facts = Readonly<Record<Field, readonly string[]>>;

function factsOf(place: TargetPlace, context: string, database: string): Facts {
  if (place.kind === 'file') {
    return {
      host: [],
      database: [],
      path: [database, place.path, baseName(place.path)],
      context: [context],
    };
  }
  const { host, port } = place;
  const hosts = host === null ? [] : [host, `${host}:${port}`];
  return { host: hosts, database: [place.database, database], path: [], context: [context] };
}

function matches(pattern: ProtectedPattern, facts: Facts): boolean {
  const has = (field: Field, text: string) =>
    facts[field].some((fact) => matchesPattern(text, fact, field === 'host' ? 'i' : ''));
  if (typeof pattern === 'string') return PATTERN_FIELDS.some((field) => has(field, pattern));
  return PATTERN_FIELDS.every((field) => {
    const text = pattern[field];
    return text === undefined || has(field, text);
  });
}

function shown(pattern: ProtectedPattern): string {
  return typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
}

/** What a target may be called by who confirms that it is meant; the first is asked for. */
export function namesOf(place: TargetPlace, database: string): readonly string[] {
  const short = place.kind === 'file' ? baseName(place.path) : place.database;
  const names = [short, database, ...(place.kind === 'file' ? [place.path] : [])];
  return [...new Set(names.filter((name) => name !== ''))];
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

type Named = Pick<Target, 'database' | 'names' | 'protected'>;

/**
 * Why nothing may be changed on a target yet; null if what was said will do. A name that is given
 * has to be the target's, whether that is protected or not.
 *
 * @param how it is said: `--target` in commands
 */
export function whyNotNamed(target: Named, { target: name }: Consent): Problem | null {
  const [asked = ''] = target.names;
  if (name !== undefined) {
    if (target.names.includes(name)) return null;
    return {
      code: 'protected',
      what: `The target is ${target.database}, and not ${name}, so nothing was changed.`,
      why: 'The name that is given has to be that of the database which the configuration leads to.',
      next: [
        'Look at the configuration, its environment and --context: they may lead elsewhere than you think.',
        `If ${target.database} is meant: --target ${quotedWord(asked)}`,
      ],
      detail: null,
    };
  }
  if (target.protected === null) return null;
  return {
    code: 'protected',
    what: `${target.database} is protected, and was not named, so nothing was changed.`,
    why: target.protected,
    next: [
      `If it is meant, name it besides --yes: --yes --target ${quotedWord(asked)}`,
      'If it is not, look at the configuration, its environment and --context.',
    ],
    detail: null,
  };
}

/** The name that a person typed, if it is one of the target's: the short one, or as it is shown. */
export function nameTyped({ names }: Pick<Target, 'names'>, text: string): string | null {
  return names.find((name) => name === text.trim()) ?? null;
}

/** For a shell. */
function quotedWord(word: string): string {
  return /^[\w:.,=@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether exactly this plan was rehearsed, cleanly. */
function isProven({ evidence }: Pick<Plan, 'evidence'>): boolean {
  return evidence !== null && evidence.differs.length === 0 && evidence.verdict === 'clean';
}

/** Why a downgrade of a protected target may not run without the word for it; null if it may. */
export function whyUnproven(plan: Plan): Problem | null {
  // What is done with a half-done revision was tried on a throwaway, or sends nothing.
  if (plan.resolution) return null;
  if (plan.direction === 'up' || plan.target.protected === null || isProven(plan)) return null;
  const { evidence } = plan;
  const exact = evidence !== null && evidence.differs.length === 0;
  return {
    code: 'unproven',
    what: `This downgrade of ${plan.target.database} is not proven, so nothing was run.`,
    why: [
      'The target is protected: a downgrade needs a clean rehearsal of exactly this plan.',
      exact
        ? `Rehearsal ${evidence.rehearsal} of it was not clean: ${evidence.verdict}.`
        : evidence === null
          ? 'It was not rehearsed.'
          : `Rehearsal ${evidence.rehearsal} was of another one: ${evidence.differs.join('; ')}.`,
    ].join(' '),
    next: [
      ...(exact
        ? [`Read what it found: handrail rehearse --report ${evidence.rehearsal}`]
        : ['Rehearse it: handrail rehearse --down, with the same --to, --only or --steps']),
      'Or run it without that proof: --unproven',
    ],
    detail: null,
  };
}

/** Why a plan may not run on its target yet; null if it may. */
export function whyNotAllowed(plan: Plan, consent: Consent): Problem | null {
  return whyNotNamed(plan.target, consent) ?? (consent.unproven ? null : whyUnproven(plan));
}
