/**
 * Finds and loads the user's MikroORM configuration the way MikroORM's own command line does.
 *
 * Everything comes from the project: its copy of the packages, its settings in package.json, its
 * TypeScript loader. With `@mikro-orm/cli` in the project its helpers are used; without it the
 * same steps are taken with the project's core (CLIHelper.js, 7.2.1).
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineOptions } from '../../contract/engine-api.ts';
import { knowSecrets, secretsOfError } from '../../text/redact.ts';
import { messageOf } from '../../util/error-message.ts';
import type { KyselyModule } from '../databases/connection.ts';
import { codeOf, Refusal } from '../refusal.ts';
import { placed } from './error-location.ts';
import type { Configuration, CoreModule } from './mikro-orm.ts';

type CliModule = typeof import('@mikro-orm/cli');
type FsModule = typeof import('@mikro-orm/core/fs-utils');

/** The project's own packages. */
export interface Packages {
  readonly core: CoreModule;
  readonly fs: FsModule['fs'];
  readonly cli: CliModule | null;
  /** Whether the project can load a package. */
  isInstalled(name: string): boolean;
  /** The Kysely that the project's MikroORM uses. */
  kysely(): Promise<KyselyModule>;
  migrations(): Promise<typeof import('@mikro-orm/migrations')>;
  /** What the project's driver and its migrations are made of. */
  sql(): Promise<typeof import('@mikro-orm/sql')>;
}

/** @throws Refusal `no-project` when MikroORM is not installed in the project. */
export async function loadPackages(root: string): Promise<Packages> {
  const require = createRequire(join(root, 'package.json'));
  const load = async (specifier: string, from = require): Promise<unknown> =>
    import(pathToFileURL(from.resolve(specifier)).href);
  const isInstalled = (specifier: string): boolean => {
    try {
      require.resolve(specifier);
      return true;
    } catch {
      return false;
    }
  };
  const needed = async <T>(specifier: string): Promise<T> => {
    if (!isInstalled(specifier)) {
      throw new Refusal('no-project', {
        what: `${specifier} is not installed in ${root}.`,
        why: 'Handrail works with the MikroORM of the project that it is opened in.',
        next: [
          'Open Handrail in the folder of a MikroORM project, or name it with --project.',
          `If this is the project, install ${specifier} there.`,
          'To look at a sample project: handrail demo',
        ],
      });
    }
    try {
      return (await load(specifier)) as T;
    } catch (error) {
      throw new Refusal('config-failed', {
        what: `${specifier} is installed, but can't be loaded.`,
        why: messageOf(error),
        next: ['Install the project’s packages again.'],
        cause: error,
      });
    }
  };

  return {
    isInstalled,
    core: await needed<CoreModule>('@mikro-orm/core'),
    fs: (await needed<FsModule>('@mikro-orm/core/fs-utils')).fs,
    cli: isInstalled('@mikro-orm/cli') ? await needed<CliModule>('@mikro-orm/cli') : null,
    migrations: () => needed('@mikro-orm/migrations'),
    async sql() {
      // No project lists it: it comes with the migrations package.
      const from = createRequire(require.resolve('@mikro-orm/migrations'));
      return (await load('@mikro-orm/sql', from)) as typeof import('@mikro-orm/sql');
    },
    async kysely() {
      const viaDriver = ['@mikro-orm/sql', '@mikro-orm/sqlite', '@mikro-orm/postgresql'];
      for (const name of viaDriver.filter(isInstalled)) {
        const from = createRequire(require.resolve(name));
        try {
          return (await load('kysely', from)) as KyselyModule;
        } catch {
          // Another of them brings it: package managers differ in where they put it.
        }
      }
      return (await load('kysely')) as KyselyModule;
    },
  };
}

/** @throws Refusal `config-failed` with what to do about it. */
export async function loadConfiguration(
  options: EngineOptions,
  packages: Packages,
): Promise<Configuration> {
  if (options.config !== null) {
    const path = resolve(options.root, options.config);
    if (!existsSync(path)) {
      throw new Refusal('config-failed', {
        what: `There is no configuration file ${options.config}.`,
        next: [`--config is relative to ${options.root}.`],
      });
    }
    // CLIHelper forces TypeScript support for a configuration of that ending given here.
    process.env.MIKRO_ORM_CLI_CONFIG = path;
  }
  try {
    return await (packages.cli
      ? withCli(options, packages, packages.cli)
      : withoutCli(options, packages));
  } catch (error) {
    throw error instanceof Refusal ? error : configurationRefusal(error, options);
  }
}

async function withCli(
  options: EngineOptions,
  packages: Packages,
  { CLIHelper }: CliModule,
): Promise<Configuration> {
  const { fs } = packages;
  // The project has it; the check would only fail where it came in through another package.
  process.env.MIKRO_ORM_ALLOW_GLOBAL_CLI ??= '1';
  const settings = CLIHelper.getSettings();
  if (settings.preferTs !== false && !(await registerLoader(packages, CLIHelper))) {
    await preferWhatExists(async () => firstExisting(fs, await CLIHelper.getConfigPaths()));
  }
  const paths = await CLIHelper.getConfigPaths();
  const configuration = await CLIHelper.getConfiguration(
    options.context ?? undefined,
    paths,
    withoutEntities,
  );
  if (CLIHelper.getSettings().preferTs !== false) configuration.set('preferTs', true);
  return configuration;
}

/** A project whose entities are not written yet still has a history. */
const withoutEntities = { discovery: { warnWhenNoEntities: false } };

/** The loaders that MikroORM knows, in its order (CLIHelper.registerTypeScriptSupport). */
const LOADERS = {
  oxc: '@oxc-node/core',
  swc: '@swc-node/register',
  tsx: 'tsx',
  jiti: 'jiti',
  tsimp: 'tsimp',
  nub: '@nubjs/loader',
} as const;

/**
 * Registers the project's TypeScript loader; false if it has none that works.
 *
 * MikroORM's `auto` looks beside its own files, where another package's loader may lie (hoisted,
 * or behind a link); what counts is whether the project itself can load it. An explicitly chosen
 * loader that is broken is an error, a found one is passed over.
 */
async function registerLoader(
  { isInstalled }: Packages,
  CLIHelper: CliModule['CLIHelper'],
): Promise<boolean> {
  const { tsConfigPath, tsLoader } = CLIHelper.getSettings();
  const register = (loader: NonNullable<typeof tsLoader>) =>
    quietly(() => CLIHelper.registerTypeScriptSupport(tsConfigPath, loader));
  if (tsLoader && tsLoader !== 'auto') return register(tsLoader);
  for (const loader of Object.keys(LOADERS) as (keyof typeof LOADERS)[]) {
    // In an ES module project jiti wraps the modules, so that revisions are no classes any more.
    if (!isInstalled(LOADERS[loader]) || (loader === 'jiti' && CLIHelper.isESM())) continue;
    if (await register(loader).catch(() => false)) return true;
  }
  return false;
}

/** CLIHelper.getConfigPaths and getConfiguration, on the project's core. */
async function withoutCli(options: EngineOptions, { core, fs }: Packages): Promise<Configuration> {
  const settings: { preferTs?: boolean; configPaths?: string[] } = {
    ...fs.getPackageConfig()['mikro-orm'],
  };
  const fromEnvironment = process.env.MIKRO_ORM_CLI_CONFIG;
  const folder = ['dist', 'build'].find((name) => existsSync(join(options.root, name))) ?? 'src';
  const candidates = (typescript: boolean) =>
    [
      ...(fromEnvironment ? [fromEnvironment] : []),
      ...(settings.configPaths ?? []),
      ...(typescript ? ['./src/mikro-orm.config.ts', './mikro-orm.config.ts'] : []),
      `./${folder}/mikro-orm.config.js`,
      './mikro-orm.config.js',
    ].filter((path) => typescript || !/\.[mc]?ts$/.test(path));

  let typescript = settings.preferTs ?? fromEnvironment?.endsWith('.ts') ?? false;
  if (!typescript && settings.preferTs !== false && !firstExisting(fs, candidates(false))) {
    typescript = true;
  }
  if (typescript) process.env.MIKRO_ORM_CLI_ALWAYS_ALLOW_TS = '1';

  const configPath = firstExisting(fs, candidates(typescript));
  if (configPath === null) {
    throw new Error(`MikroORM config file not found in ['${candidates(true).join("', '")}']`);
  }
  const exported: unknown = await fs.dynamicImport(configPath);
  const context = options.context ?? process.env.MIKRO_ORM_CONTEXT_NAME ?? 'default';
  const chosen = await chooseContext(await defaultOf(exported), context, configPath);
  const environment = core.loadEnvironmentVars();
  const merged = core.Utils.mergeConfig({}, chosen, environment, withoutEntities);
  await core.loadOptionalDependencies(merged);
  const configuration = new core.Configuration(merged);
  if (typescript) configuration.set('preferTs', true);
  return configuration;
}

/** searchConfiguration.js: an object, a function of the name, or an array of both. */
async function chooseContext(exported: unknown, name: string, path: string): Promise<object> {
  const contextOf = (value: object): unknown =>
    'contextName' in value ? value.contextName : 'default';
  for (const entry of Array.isArray(exported) ? exported : [exported]) {
    if (typeof entry === 'object' && entry !== null && contextOf(entry) === name) return entry;
  }
  for (const entry of Array.isArray(exported) ? exported : [exported]) {
    if (typeof entry !== 'function') continue;
    const result: unknown = await entry(name);
    if (typeof result === 'object' && result !== null) {
      if (!('contextName' in result) || result.contextName === name) return result;
    }
  }
  throw new Error(`MikroORM config '${name}' was not found within the config file '${path}'.`);
}

async function defaultOf(exported: unknown): Promise<unknown> {
  return typeof exported === 'object' && exported !== null && 'default' in exported
    ? await exported.default
    : exported;
}

/**
 * No TypeScript loader in the project. MikroORM's command line would then see JavaScript
 * configurations only; where there is none but a TypeScript one, Node can load that itself.
 */
async function preferWhatExists(findConfig: () => Promise<string | null>): Promise<void> {
  process.env.MIKRO_ORM_CLI_PREFER_TS = '0';
  delete process.env.MIKRO_ORM_CLI_ALWAYS_ALLOW_TS;
  if ((await findConfig()) !== null) return;
  process.env.MIKRO_ORM_CLI_PREFER_TS = '1';
  process.env.MIKRO_ORM_CLI_ALWAYS_ALLOW_TS = '1';
}

function firstExisting(fs: FsModule['fs'], paths: readonly string[]): string | null {
  for (const path of paths) {
    const absolute = resolve(fs.absolutePath(path));
    if (fs.pathExists(absolute)) return absolute;
  }
  return null;
}

/** MikroORM warns on the console when there is no loader; Node's own is not worth a warning. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const warn = console.warn;
  console.warn = () => {};
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

function configurationRefusal(error: unknown, { root }: EngineOptions): Refusal {
  // It failed before its passwords could be known.
  knowSecrets(secretsOfError(error));
  const message = messageOf(error);
  if (message.startsWith('MikroORM config file not found')) {
    return new Refusal('no-project', {
      what: `No MikroORM configuration was found in ${root}.`,
      why: message,
      next: [
        'Name it with --config, or under "mikro-orm" in package.json.',
        'To look at a sample project: handrail demo',
      ],
    });
  }
  return new Refusal('config-failed', {
    what: 'The MikroORM configuration could not be loaded.',
    why: placed(message, error, root),
    next: needsLoader(error)
      ? [
          'The project uses TypeScript that Node cannot load by itself: install tsx (or @oxc-node/core) in it.',
        ]
      : ['Fix the error in the project; Handrail reloads automatically when a file changes.'],
    cause: error,
  });
}

/** What Node's type stripping says to enums, decorators, parameter properties and `./x.js`. */
function needsLoader(error: unknown): boolean {
  const code = codeOf(error);
  const message = messageOf(error);
  return (
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' ||
    (error instanceof SyntaxError && /Invalid or unexpected token/.test(message)) ||
    (code === 'ERR_MODULE_NOT_FOUND' && /\.ts\b/.test(message))
  );
}
