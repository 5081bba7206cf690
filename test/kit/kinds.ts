/** The kinds of projects that people have: how config, entities and revisions are written. */

import type { DriverName } from '../../source/contract/target.ts';
import {
  commonJsEntities,
  compiledOnlyEntities,
  decoratedEntities,
  definedEntities,
  type Files,
} from './entities.ts';
import type { Flavour } from './revisions.ts';

export type ProjectKind =
  | 'js'
  | 'cjs'
  | 'ts-native'
  | 'ts-tsx'
  | 'decorators'
  | 'decorators-legacy'
  | 'migrations-list'
  | 'contexts'
  | 'custom'
  | 'custom-ts'
  | 'no-cli';

/** One database of a project, by the file that it is on SQLite. */
export interface Context {
  /** Null for a config without a name, which is MikroORM's "default". */
  readonly name: string | null;
  /** Relative to the project, as everything here. */
  readonly database: string;
  readonly migrations: string;
}

export interface Kind {
  readonly type: 'module' | 'commonjs';
  readonly flavour: Flavour;
  /** Of revision files. */
  readonly extension: '.js' | '.cjs' | '.ts';
  /** Beside the driver. */
  readonly packages: readonly string[];
  readonly contexts: readonly Context[];
  readonly tableName: string;
  /** package.json#mikro-orm */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What MikroORM's own command line needs in its environment to work with this kind. */
  readonly cliEnvironment?: Readonly<Record<string, string>>;
  /** The stem of a revision's file. */
  readonly fileName: (timestamp: string, label: string) => string;
  /** All revisions in one module, given to the config as a list. */
  readonly listed?: boolean;
  /** Revisions are also compiled into a second folder. */
  readonly compiled?: { readonly migrations: string };
  /** Config and entities. */
  readonly files: (settings: ConfigSettings) => Files;
}

/** What a project’s config has beside that of its kind, as code. */
interface ConfigSettings {
  readonly driver: DriverName;
  /** How to connect; the SQLite file of the kind unless told. */
  readonly connect?: string | undefined;
  /** More options of the migrator: `allOrNothing: false`. */
  readonly migrations?: string | undefined;
  /** More options of the config: `pool: { max: 1 }`. */
  readonly config?: string | undefined;
}

const packages = ['@mikro-orm/core', '@mikro-orm/migrations'];
const withCli = [...packages, '@mikro-orm/cli'];
const single: Context = { name: null, database: 'var/library.db', migrations: 'migrations' };

const js: Kind = {
  type: 'module',
  flavour: 'esm',
  extension: '.js',
  packages: withCli,
  contexts: [single],
  tableName: 'mikro_orm_migrations',
  fileName: (timestamp, label) => `Migration${timestamp}_${label}`,
  files: (settings) => ({
    ...definedEntities('.js', '.js'),
    'mikro-orm.config.js': config(settings, { imports: entityImports('./entities', '.js') }),
  }),
};

const tsconfig = (options: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, ...options },
  });

const tsNative: Kind = {
  ...js,
  flavour: 'ts',
  extension: '.ts',
  // MikroORM's command line looks for a .ts config by itself only when a loader is installed.
  cliEnvironment: { MIKRO_ORM_CLI_CONFIG: './mikro-orm.config.ts' },
  files: (settings) => ({
    'tsconfig.json': tsconfig({ noEmit: true, allowImportingTsExtensions: true }),
    ...definedEntities('.ts', '.ts'),
    'mikro-orm.config.ts': config(settings, { imports: entityImports('./entities', '.ts') }),
  }),
};

const tsTsx: Kind = {
  ...js,
  flavour: 'ts',
  extension: '.ts',
  packages: [...withCli, 'tsx'],
  files: (settings) => ({
    'tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler', noEmit: true }),
    ...compiledOnlyEntities(),
    'mikro-orm.config.ts': config(settings, {
      imports: `${entityImports('./entities', '')}import { places } from './entities/shelf';\n\nif (places.length !== 2) throw new Error('not compiled');\n`,
    }),
  }),
};

function decorators(style: 'es' | 'legacy'): Kind {
  return {
    ...tsTsx,
    packages: [
      ...tsTsx.packages,
      '@mikro-orm/decorators',
      ...(style === 'legacy' ? ['reflect-metadata'] : []),
    ],
    files: (settings) => ({
      'tsconfig.json': tsconfig({ experimentalDecorators: style === 'legacy' }),
      ...decoratedEntities(style),
      'mikro-orm.config.ts': config(settings, { imports: entityImports('./entities', '.js') }),
    }),
  };
}

const custom: Kind = {
  ...js,
  flavour: 'ts',
  extension: '.ts',
  contexts: [{ name: null, database: 'data/shop.sqlite', migrations: 'src/db/revisions' }],
  tableName: 'schema_history',
  compiled: { migrations: 'dist/db/revisions' },
  settings: { configPaths: ['./src/db/orm.ts', './dist/db/orm.js'] },
  fileName: (timestamp, label) => `${timestamp}-${label}.revision`,
  files: (settings) => {
    const own = `
    tableName: 'schema_history',
    path: 'dist/db/revisions',
    pathTs: 'src/db/revisions',
    glob: '*.revision.{js,ts}',
    snapshotName: 'schema',
    fileName: (timestamp, name) => \`\${timestamp}-\${name ?? 'unnamed'}.revision\`,
  `;
    const shared = { database: 'data/shop.sqlite', migrations: own };
    const folder = (name: string, files: Files): Files =>
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text]));
    return {
      'tsconfig.json': tsconfig({ rootDir: 'src', outDir: 'dist' }),
      ...folder('src/db', definedEntities('.ts', '.js')),
      ...folder('dist/db', definedEntities('.js', '.js')),
      'src/db/orm.ts': config(settings, {
        ...shared,
        imports: entityImports('./entities', '.js'),
      }).replaceAll('(timestamp, name)', '(timestamp: string, name?: string)'),
      'dist/db/orm.js': config(settings, {
        ...shared,
        imports: entityImports('./entities', '.js'),
      }),
    };
  },
};

const contexts: Kind = {
  ...js,
  contexts: [
    { name: 'library', database: 'var/library.db', migrations: 'migrations/library' },
    { name: 'reports', database: 'var/reports.db', migrations: 'migrations/reports' },
  ],
  files: (settings) => {
    const options = (name: string, entities: string): string =>
      `  defineConfig({
    contextName: '${name}',
    dbName: 'var/${name}.db',
    entities: [${entities}],
    extensions: [Migrator],
    migrations: { path: 'migrations/${name}' },
  }),\n`;
    return {
      ...definedEntities('.js', '.js'),
      'mikro-orm.config.js': `${head('esm', settings.driver)}${entityImports('./entities', '.js')}
export default [
${options('library', 'Author, Book')}${options('reports', 'Author, Book')}];
`,
    };
  },
};

export const kinds: Readonly<Record<ProjectKind, Kind>> = {
  js,
  cjs: {
    ...js,
    type: 'commonjs',
    flavour: 'cjs',
    extension: '.cjs',
    files: (settings) => ({
      ...commonJsEntities(),
      'mikro-orm.config.js': config(settings, {
        flavour: 'cjs',
        imports: `const { Author } = require('./entities/author.js');\nconst { Book } = require('./entities/book.js');\n`,
        migrations: `path: 'migrations', emit: 'cjs',`,
      }),
    }),
  },
  'ts-native': tsNative,
  'ts-tsx': tsTsx,
  decorators: decorators('es'),
  'decorators-legacy': decorators('legacy'),
  'migrations-list': {
    ...js,
    listed: true,
    files: (settings) => ({
      ...definedEntities('.js', '.js'),
      'mikro-orm.config.js': config(settings, {
        imports: `${entityImports('./entities', '.js')}import { Migration } from '@mikro-orm/migrations';\nimport * as revisions from './migrations/index.js';\n`,
        migrations: `
    migrationsList: Object.values(revisions).filter((each) => each.prototype instanceof Migration),
  `,
      }),
    }),
  },
  contexts,
  custom,
  // The same with a loader: MikroORM then takes the sources instead of what was compiled.
  'custom-ts': { ...custom, packages: [...withCli, 'tsx'] },
  'no-cli': { ...js, packages },
};

interface ConfigParts {
  readonly flavour?: Flavour;
  readonly imports: string;
  readonly database?: string;
  /** Options of the migrator, as code. */
  readonly migrations?: string;
}

function head(flavour: Flavour, driver: DriverName): string {
  return flavour === 'cjs'
    ? `const { Migrator } = require('@mikro-orm/migrations');\nconst { defineConfig } = require('@mikro-orm/${driver}');\n`
    : `import { Migrator } from '@mikro-orm/migrations';\nimport { defineConfig } from '@mikro-orm/${driver}';\n`;
}

function config(settings: ConfigSettings, parts: ConfigParts): string {
  const { flavour = 'esm', imports, database = single.database } = parts;
  const { driver, connect = `dbName: '${database}'` } = settings;
  const { migrations = `path: '${single.migrations}',` } = parts;
  return `${head(flavour, driver)}${imports}
${flavour === 'cjs' ? 'module.exports =' : 'export default'} defineConfig({
  ${connect},
  entities: [Author, Book],
  extensions: [Migrator],
  migrations: { ${migrations} ${settings.migrations ?? ''} },
  ${settings.config ?? ''}
});
`;
}

function entityImports(folder: string, extension: string): string {
  return `import { Author } from '${folder}/author${extension}';\nimport { Book } from '${folder}/book${extension}';\n`;
}
