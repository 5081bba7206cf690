/** Revisions as data, and how they are written down in each module system. */

import type { DriverName } from '../../source/contract/target.ts';

/** SQL for `addSql`, or code that stands in the method as it is. */
export type Step = string | { readonly code: string };

/** SQL that the databases spell differently; null where one needs none. */
export type Spelled = Readonly<Record<DriverName, string | null>>;

/** As tests write it, for any database; {@link spelledFor} makes that of one. */
export interface Revision<S = Step | Spelled> {
  /** The part of the name behind the timestamp: letters, digits and underscores. */
  readonly label: string;
  readonly up: readonly S[];
  /** Without it the class has no `down()`: MikroORM then says that it can't be reverted. */
  readonly down?: readonly S[];
  /** `isTransactional()`; not written down unless given. */
  readonly transactional?: boolean;
  /** More to import: names by module. */
  readonly imports?: Readonly<Record<string, readonly string[]>>;
  /** Code at the top level of the file, before the class. */
  readonly before?: string;
  /** Code at the top level of the file, after the class. */
  readonly after?: string;
  /** The whole file, in place of all the above. */
  readonly source?: string;
}

export function spelledFor(driver: DriverName, revision: Revision): Revision<Step> {
  const spell = (step: Step | Spelled): readonly Step[] => {
    const spelled = typeof step === 'object' && 'sqlite' in step ? step[driver] : step;
    return spelled === null ? [] : [spelled];
  };
  const { up, down, ...rest } = revision;
  return { ...rest, up: up.flatMap(spell), ...(down && { down: down.flatMap(spell) }) };
}

/** How a project writes its modules. */
export type Flavour = 'esm' | 'cjs' | 'ts';

/** The file of a revision. */
export function renderRevision(
  revision: Revision<Step>,
  className: string,
  flavour: Flavour,
): string {
  if (revision.source !== undefined) return exportsIn(revision.source, flavour);
  return [renderImports([revision], flavour), renderClass(revision, className, flavour)].join('\n');
}

/** The imports that a file with these revisions needs. */
export function renderImports(revisions: readonly Revision<Step>[], flavour: Flavour): string {
  const names = new Map([['@mikro-orm/migrations', new Set(['Migration'])]]);
  for (const { imports = {} } of revisions) {
    for (const [specifier, wanted] of Object.entries(imports)) {
      names.set(specifier, new Set([...(names.get(specifier) ?? []), ...wanted]));
    }
  }
  return [...names]
    .map(([specifier, wanted]) => {
      const list = [...wanted].join(', ');
      return flavour === 'cjs'
        ? `const { ${list} } = require('${specifier}');\n`
        : `import { ${list} } from '${specifier}';\n`;
    })
    .join('');
}

export function renderClass(revision: Revision<Step>, className: string, flavour: Flavour): string {
  const { up, down, transactional, before = '', after = '' } = revision;
  const typescript = flavour === 'ts';
  const method = (name: string, steps: readonly Step[]): string => {
    const head = typescript ? `override async ${name}(): Promise<void>` : `async ${name}()`;
    return `  ${head} {\n${steps.map((step) => `    ${renderStep(step)}\n`).join('')}  }\n`;
  };
  const methods = [
    ...(transactional === undefined
      ? []
      : [
          `  ${typescript ? 'override ' : ''}isTransactional() {\n    return ${transactional};\n  }\n`,
        ]),
    method('up', up),
    ...(down === undefined ? [] : [method('down', down)]),
  ];
  const text = `class ${className} extends Migration {\n${methods.join('\n')}}\n`;
  return [
    before && `${exportsIn(before, flavour)}\n`,
    flavour === 'cjs' ? `${text}exports.${className} = ${className};\n` : `export ${text}`,
    after && `\n${exportsIn(after, flavour)}\n`,
  ].join('');
}

/** Code that is written with `export`, for any module system. */
function exportsIn(text: string, flavour: Flavour): string {
  if (flavour !== 'cjs') return text;
  const names: string[] = [];
  const plain = text.replace(/^export (const|class|function) (\w+)/gm, (_, kind, name) => {
    names.push(name);
    return `${kind} ${name}`;
  });
  return [plain, ...names.map((name) => `exports.${name} = ${name};\n`)].join('\n');
}

function renderStep(step: Step): string {
  if (typeof step !== 'string') return step.code.trim().replaceAll('\n', '\n    ');
  return `this.addSql(\`${step.replace(/[`\\]|\$\{/g, '\\$&')}\`);`;
}

/** The SQL of a revision that consists of nothing else; null for one that runs code. */
export function sqlOf(revision: Revision<Step>): readonly string[] | null {
  if (revision.source !== undefined) return null;
  const sql = revision.up.filter((step) => typeof step === 'string');
  return sql.length === revision.up.length ? sql : null;
}

/** One after the other, a day apart, in MikroORM's form. */
export function timestampOf(index: number): string {
  const date = new Date(Date.UTC(2025, 0, 1 + index, 9));
  return date.toISOString().replace(/\D/g, '').slice(0, 14);
}

/** The name that a class can have for a file name. */
export function classNameOf(stem: string): string {
  const name = stem.replace(/\W/g, '_');
  return /^\d/.test(name) ? `Revision${name}` : name;
}
