#!/usr/bin/env node
/** Arguments → the terminal app or a headless command. Loads nothing that the choice doesn't need. */

import { writeSync } from 'node:fs';
import module from 'node:module';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import packageJson from './package.json' with { type: 'json' };
import type { CommonOptions } from './source/cli/context.ts';
import type { DemoOptions } from './source/cli/demo.ts';
import { ignoreEpipe } from './source/cli/readers.ts';
import type { RunCommandOptions } from './source/cli/run-options.ts';
import { SKIPPABLE_STEPS } from './source/contract/checklist.ts';
import { exitStatus } from './source/contract/exit-status.ts';
import { print, printableJson } from './source/text/print.ts';
import { redact } from './source/text/redact.ts';

requireNode(22, 17);
withoutExperimentalWarnings();
ignoreEpipe();
// Compiled code is kept between starts, the engine's too (Node's documentation, module.html).
module.enableCompileCache?.();
const cache = module.getCompileCacheDir?.();
if (cache) process.env.NODE_COMPILE_CACHE ??= cache;

const program = new Command('handrail')
  .description(packageJson.description)
  .version(packageJson.version)
  .option('-p, --project <folder>', 'the project to open (default: the one around this folder)')
  .option('--config <file>', 'the MikroORM configuration, relative to the project')
  .option('--context <name>', 'which configuration, if there are several (contextName)')
  .option('--json', 'one JSON document on stdout; words for people go to stderr')
  .configureOutput({
    writeOut: (text) => print(process.stdout, text),
    writeErr: (text) => print(process.stderr, text),
  })
  .showHelpAfterError('(see handrail --help)')
  .exitOverride(({ exitCode, message }) => {
    if (exitCode === 0) process.exit(exitStatus.done);
    if (process.argv.includes('--json')) writeSync(1, usageDocument(message));
    process.exit(exitStatus.usage);
  })
  .action(async () => {
    const options = program.opts<CommonOptions>();
    if (!options.json && process.stdin.isTTY && process.stdout.isTTY) {
      const { openApp } = await import('./source/cli/app.ts');
      process.exitCode = await openApp(options);
    } else {
      const { status } = await import('./source/cli/status.ts');
      process.exitCode = await status({ ...options, schema: [] });
    }
  })
  .addHelpText(
    'after',
    '\nExit status: 0 done, 1 the answer is no, 2 wrong usage or configuration,\n3 SQL or the project’s code failed, 4 refused for safety, 130 interrupted.',
  );

const repeated = (flags: string, description: string) =>
  new Option(flags, description)
    .argParser((text, others: readonly string[]) => [...others, text])
    .default([], 'none');

const aboutSchemas = (command: Command) =>
  command
    .addOption(repeated('--schema <name>', 'in this schema; may be given more than once'))
    .addOption(
      new Option('--all-schemas', 'in every schema that the revisions are applied to').conflicts(
        'schema',
      ),
    );

aboutSchemas(program.command('status'))
  .description('where the target stands: applied, pending and missing revisions')
  .option('--exit-code', 'exit 1 unless every revision is applied')
  .action(async (_options, command: Command) => {
    const { status } = await import('./source/cli/status.ts');
    process.exitCode = await status(command.optsWithGlobals());
  });

const numbered = (flags: string, description: string) =>
  new Option(flags, description).argParser((text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number > 0) return number;
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  });

for (const direction of ['up', 'down'] as const) {
  const running = aboutSchemas(program.command(direction));
  if (direction === 'down') {
    running.option('--unproven', 'on a protected target: although no rehearsal proved this plan');
  }
  running
    .description(
      direction === 'up'
        ? 'apply pending revisions, all of them unless told otherwise'
        : 'revert applied revisions, the newest one unless told otherwise',
    )
    .option(
      '--to <revision>',
      direction === 'up'
        ? 'up to and with this one'
        : 'down to this one, which stays; 0 reverts all',
    )
    .option('--only <revision>', 'this one alone')
    .addOption(numbered('-n, --steps <number>', 'how many revisions'))
    .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on')
    .option(
      '--target <name>',
      'the database that is meant; needed besides --yes if it is protected',
    )
    .option('--dry-run', 'show the plan with its SQL, and stop')
    .option(
      '--guarded',
      'run statements that would delete rows of other tables, without deleting them',
    )
    .option('--sql', 'show every statement as it ends')
    .option('--backup', 'take a backup before, whatever the settings say')
    .option('--no-backup', 'take none')
    .option('--keep-going', 'with several schemas: go on with the next one when one fails')
    .action(async (_options, command: Command) => {
      const { run } = await import('./source/cli/run.ts');
      process.exitCode = await run(direction, command.optsWithGlobals<RunCommandOptions>());
    });
}

aboutSchemas(program.command('rehearse'))
  .description('run revisions up, down and up again on a throwaway copy of the database')
  .argument('[revision...]', 'which ones (default: every pending one)')
  .option('--all-pending', 'every pending one')
  .option('--from-scratch', 'on an empty database, with all revisions replayed')
  .option('--also-empty', 'on a copy of the target, and on an empty database')
  .option('--down', 'the plan that down would run, on a copy of the target')
  .option('--to <revision>', 'with --down: as down takes it')
  .option('--only <revision>', 'with --down: as down takes it')
  .addOption(numbered('-n, --steps <number>', 'with --down: as down takes it'))
  .option('--repair', 'write the repairs that are proven, choose no value and delete no row')
  .addOption(repeated('--choose <repair>', 'one that is yours to decide, as the report names it'))
  .addOption(repeated('--answer <column=sql>', 'table.column=expression, where a repair asks'))
  .option('--markdown <file>', 'write the report to a file, for a pull request')
  .addOption(numbered('--report <id>', 'show a report of the journal again'))
  .option('--keep-going', 'with several schemas: go on with the next one when one is not clean')
  .action(async (revisions: string[], _options, command: Command) => {
    const { rehearse } = await import('./source/cli/rehearse.ts');
    process.exitCode = await rehearse(revisions, command.optsWithGlobals());
  });

program
  .command('draft')
  .description('write the next revision: what would make the database what the entities say')
  .option('-n, --name <words>', 'what it does, in a few words')
  .addOption(
    new Option('--base <base>', 'what the entities are compared with')
      .choices(['target', 'throwaway', 'snapshot'])
      .default('target'),
  )
  .option('--blank', 'without comparing anything, for a change of data')
  .addOption(repeated('--rename <old=new>', 'table.column=new, or table=new'))
  .addOption(repeated('--drop <what>', 'table, table.column, table.index: it goes'))
  .addOption(repeated('--keep <what>', 'it stays, although no entity knows it'))
  .addOption(repeated('--fill <column=sql>', 'table.column=expression, for rows without a value'))
  .addOption(
    repeated('--fill-down <column=sql>', 'the same for a column that the downgrade adds again'),
  )
  .addOption(
    repeated('--using <column=sql>', 'table.column=expression, what values become in another type'),
  )
  .addOption(repeated('--using-down <column=sql>', 'the same for the downgrade'))
  .addOption(repeated('--first <sql>', 'a statement that the upgrade sends before the others'))
  .addOption(repeated('--first-down <sql>', 'a statement that the downgrade sends first'))
  .addOption(repeated('--keep-on-downgrade <column>', 'table.column: a downgrade leaves it there'))
  .option('--dry-run', 'show the draft, and write nothing')
  .option('--anyway', 'write it although it failed when it was tried')
  .action(async (_options, command: Command) => {
    const { draft } = await import('./source/cli/draft.ts');
    process.exitCode = await draft(command.optsWithGlobals());
  });

program
  .command('resolve')
  .description('what ran of a revision that is half done, and the ways on')
  .argument('[revision]', 'which one (default: the only one)')
  .option('--continue', 'send what was not sent yet, and record it')
  .addOption(numbered('--from <statement>', 'the same from that statement on'))
  .addOption(
    new Option('--undo [statements]', 'take back what ran, by so many of its last statements')
      .argParser((text) => {
        const number = Number(text);
        if (Number.isInteger(number) && number >= 0) return number;
        throw new InvalidArgumentError('It must be a whole number, 0 or more.');
      })
      .conflicts(['continue', 'from']),
  )
  .addOption(
    new Option('--mark <state>', 'say what it is, and send nothing').choices([
      'applied',
      'pending',
    ]),
  )
  .option('--target <name>', 'the database that is meant; needed besides --yes if it is protected')
  .option('--sql', 'show every statement as it ends')
  .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on')
  .action(async (revision: string | undefined, _options, command: Command) => {
    const { resolve } = await import('./source/cli/resolve.ts');
    process.exitCode = await resolve(revision, command.optsWithGlobals());
  });

program
  .command('repair')
  .description('the repairs that were written into revisions; --undo takes the last one back')
  .argument('[revision]', 'of which one (default: of all)')
  .option('--undo', 'put the files of the last one back as they were')
  .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on')
  .action(async (revision: string | undefined, _options, command: Command) => {
    const { repair } = await import('./source/cli/repair.ts');
    process.exitCode = await repair(revision, command.optsWithGlobals());
  });

program
  .command('discard')
  .description('remove a draft that is neither applied nor in git')
  .argument('<revision>')
  .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on')
  .action(async (revision: string, _options, command: Command) => {
    const { discard } = await import('./source/cli/discard.ts');
    process.exitCode = await discard(revision, command.optsWithGlobals());
  });

program
  .command('checklist')
  .description('how far a revision is on the way from changed entities to a commit')
  .argument('[revision]', 'which one (default: the newest on the way, else the next)')
  .addOption(
    new Option('--skip <step>', 'do without a step; needs --reason').choices(SKIPPABLE_STEPS),
  )
  .option('--reason <text>', 'why it is skipped')
  .addOption(
    new Option('--unskip <step>', 'do not do without it any more')
      .choices(SKIPPABLE_STEPS)
      .conflicts('skip'),
  )
  .option('--exit-code', 'exit 1 while something is to be done')
  .action(async (revision: string | undefined, _options, command: Command) => {
    const { checklist } = await import('./source/cli/checklist.ts');
    process.exitCode = await checklist(revision, command.optsWithGlobals());
  });

program
  .command('commit')
  .description('commit revisions, MikroORM’s snapshot and changed entities together')
  .argument('[revision...]', 'which ones (default: all that git does not have as they are)')
  .option('-m, --message <text>', 'instead of the one that is prepared')
  .option('--dry-run', 'show what would be committed, and stop')
  .option('-y, --yes', 'neither ask nor open an editor; needed where there is no terminal')
  .action(async (revisions: string[], _options, command: Command) => {
    const { commit } = await import('./source/cli/commit.ts');
    process.exitCode = await commit(revisions, command.optsWithGlobals());
  });

program
  .command('backups')
  .description('the backups that were taken before runs')
  .action(async (_options, command: Command) => {
    const { backups } = await import('./source/cli/backups.ts');
    process.exitCode = await backups(command.optsWithGlobals());
  });

program
  .command('restore')
  .description('put a backup back, after showing what that overwrites')
  .argument('[backup]', 'its name, or the beginning of it (default: the newest of the target)')
  .option('--schema <name>', 'of a database with many: the one that it is of')
  .option('--aside', 'on a server: into a schema beside the tables, which overwrites nothing')
  .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on')
  .option('--target <name>', 'the database that is meant; needed besides --yes if it is protected')
  .option('--dry-run', 'show what would be overwritten, and stop')
  .action(async (name: string | undefined, _options, command: Command) => {
    const { restore } = await import('./source/cli/backups.ts');
    process.exitCode = await restore(name, command.optsWithGlobals());
  });

program
  .command('doctor')
  .description('what is not as it should be, and what can be done about it')
  .action(async (_options, command: Command) => {
    const { doctor } = await import('./source/cli/doctor.ts');
    process.exitCode = await doctor(command.optsWithGlobals());
  });

program
  .command('log')
  .description('the journal: what Handrail ran in this project')
  .addOption(numbered('--run <id>', 'the statements of one run'))
  .addOption(numbered('--limit <number>', 'how many runs').default(20))
  .action(async (_options, command: Command) => {
    const { log } = await import('./source/cli/log.ts');
    process.exitCode = await log(command.optsWithGlobals());
  });

program
  .command('demo')
  .description('open a sample project that is made for it, and removed afterwards')
  .addArgument(
    new Argument('[database]', 'what it is on').choices(['sqlite', 'postgresql']).default('sqlite'),
  )
  .option('--url <url>', 'on this PostgreSQL server, in a database that is made and dropped')
  .option('--keep', 'leave it there, and say where')
  .action(async (database: 'sqlite' | 'postgresql', _options, command: Command) => {
    const options = command.optsWithGlobals<DemoOptions>();
    if (options.url && database === 'sqlite') command.error('error: --url is for demo postgresql');
    const { openDemo } = await import('./source/cli/demo.ts');
    process.exitCode = await openDemo(database, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  // Node would print it as it is.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print(process.stderr, redact(`Handrail ended because of an error of its own:\n${text}\n`));
  process.exitCode = exitStatus.broken;
}

/** Node's own SQLite is marked experimental; that is no news for users, and damages a screen. */
function withoutExperimentalWarnings(): void {
  const [print] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') print?.(warning);
  });
}

/** Also wrong usage is one document on stdout, when a document was asked for. */
function usageDocument(message: string): string {
  const problem = { code: 'usage', what: message, why: '', next: ['See handrail --help.'] };
  return `${printableJson({ version: 1, outcome: 'refused', problem })}\n`;
}

function requireNode(major: number, minor: number): void {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  print(
    process.stderr,
    `Handrail needs Node ${major}.${minor} or newer, like MikroORM 7; this is ${process.versions.node}.\n`,
  );
  process.exit(exitStatus.usage);
}
