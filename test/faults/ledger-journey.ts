/** Upgrades and downgrades of the ledger, with and without transactions, and what goes with them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MadeProject } from '../kit/made-project.ts';
import type { RunResult } from '../kit/program.ts';
import { filesIn } from './files.ts';
import { type Command, failed, type Journey, type Preparing, type Struck } from './journey.ts';
import {
  accounts,
  LOOSE,
  lose,
  revisions,
  STATEMENTS,
  type Stand,
  standOf,
  takeBack,
} from './ledger.ts';
import { Record } from './record.ts';

const SETTINGS = { handrail: { backup: true } };

/** What is half done, as `status` tells it. */
interface ToldHalfDone {
  readonly direction: 'up' | 'down';
  readonly undoing: boolean;
  readonly statements: readonly { readonly fate: string }[];
}

interface Told {
  readonly counts: { readonly applied: number };
  readonly revisions: readonly { readonly name: string; readonly halfDone: ToldHalfDone | null }[];
}

export async function ledgerJourney(
  preparing: Preparing,
  { loose, variant }: { readonly loose: boolean; readonly variant: boolean },
): Promise<Journey> {
  // From the bottom up, or from the top down.
  const applied = variant ? 1 : 4;
  const project = await preparing.makeProject({
    revisions: revisions(loose),
    applied,
    content: accounts(applied),
    ...(!loose && { migrations: `allOrNothing: ${variant}` }),
  });
  const manifest = JSON.parse(project.read('package.json'));
  project.write('package.json', JSON.stringify({ ...manifest, ...SETTINGS }));
  return new LedgerJourney(project, preparing, loose, await Record.of(project));
}

class LedgerJourney implements Journey {
  readonly project: MadeProject;
  readonly #preparing: Preparing;
  readonly #loose: boolean;
  readonly #record: Record;
  #halfDone: ToldHalfDone | null = null;

  constructor(project: MadeProject, preparing: Preparing, loose: boolean, record: Record) {
    this.project = project;
    this.#preparing = preparing;
    this.#loose = loose;
    this.#record = record;
  }

  async commands(): Promise<readonly Command[]> {
    const stand = await this.#stand();
    const { recorded, isLost } = stand;
    if (this.#halfDone) return this.#resolving(this.#halfDone, stand.halfDone?.ran ?? 0);
    const restoring = this.#restoring(stand);
    const all = this.project.revisions.length;
    const pending = all - recorded.length;
    const kind = this.#loose ? 'loose ' : '';
    const commands: Command[] = [];
    // Without a restore the trial takes the loss back itself, or losses were all that is struck.
    const before = isLost ? () => takeBack(this.project) : undefined;
    if (pending > 0) {
      commands.push({
        operation: `${kind}up` as 'up' | 'loose up',
        args: ['up', '--yes', '--json'],
        status: 0,
        extent: `${pending}`,
        ...(before && { before }),
      });
      // The entities are others, which a rehearsal tells with 1.
      commands.push({
        operation: 'rehearse',
        args: ['rehearse', '--json'],
        status: 1,
        extent: `${pending}`,
      });
    }
    if (recorded.length > 1) {
      const { name } = this.project.revision('base');
      commands.push({
        operation: `${kind}down` as 'down' | 'loose down',
        args: ['down', '--to', name, '--yes', '--json'],
        status: 0,
        extent: `${recorded.length - 1}`,
        ...(before && { before }),
      });
    }
    return [...commands, ...restoring];
  }

  #stand(): Promise<Stand> {
    return standOf(this.project, this.#loose ? { halfDone: true } : { loss: true });
  }

  /** What is half done goes on, or back, by what another client says of it. */
  #resolving({ direction, undoing, statements }: ToldHalfDone, ran: number): readonly Command[] {
    const extent = `${direction} ${ran}`;
    const named = (operation: 'continue' | 'undo' | 'mark', ...way: string[]): Command => {
      const name = this.project.revision(LOOSE).name;
      const args = ['resolve', name, ...way, '--yes', '--json'];
      return { operation, args, status: 0, extent };
    };
    const [done, undone] = direction === 'up' ? ['applied', 'pending'] : ['pending', 'applied'];
    if (ran === 0) return [named('mark', '--mark', undone as string)];
    const undo = named('undo', '--undo', `${ran}`);
    if (undoing) return [undo];
    const ways = [undo, named('continue', '--from', `${ran + 1}`)];
    if (ran === STATEMENTS) ways.push(named('mark', '--mark', done as string));
    // Where it goes on need not be said then; how far back may have to be.
    const isKnown = statements.every(({ fate }) => fate !== 'running');
    return isKnown ? [...ways, named('continue', '--continue')] : ways;
  }

  /** Backups of what is there now, of before a loss. */
  #restoring({ recorded, isLost }: Stand): readonly Command[] {
    if (this.#loose) return [];
    const home = join(this.project.root, '.handrail', 'backups');
    const fitting = filesIn(home).filter((name) => {
      if (name.endsWith('.partial')) return false;
      const manifest = JSON.parse(readFileSync(join(home, name, 'manifest.json'), 'utf8'));
      return manifest.before.kind !== 'restore' && manifest.applied.join() === recorded.join();
    });
    const id = fitting.toSorted().at(-1);
    if (id === undefined) return [];
    const command: Command = {
      operation: 'restore',
      args: ['restore', id, '--yes', '--json'],
      status: 0,
      extent: '',
    };
    return [isLost ? command : { ...command, before: () => lose(this.project) }];
  }

  async look(struck: Struck): Promise<readonly string[]> {
    const { command, result, victim } = struck;
    const { operation } = command;
    const wrong = [...(await this.#record.look(struck))];
    const stand = await this.#stand();
    wrong.push(...stand.wrong);
    if (operation === 'restore' && result.status === 0 && stand.isLost) {
      wrong.push('it said that it restored');
    }
    if (operation === 'restore') wrong.push(...this.#backupsLost(command, result, stand));
    if (!this.#loose) return wrong;
    if (victim === null && command.status === result.status) {
      if (stand.halfDone) wrong.push(`${stand.halfDone.ran} statements ran, and it said nothing`);
      this.#halfDone = null;
      return wrong;
    }
    wrong.push(...(await this.#tells(stand)));
    return wrong;
  }

  /**
   * What is still wanted is there: the backup until it is back, of which the oldest may go then, and
   * the one of what it overwrote.
   */
  #backupsLost(
    { args: [, id = ''] }: Command,
    { status, stdout }: RunResult,
    { isLost }: Stand,
  ): readonly string[] {
    const there = filesIn(join(this.project.root, '.handrail', 'backups'));
    const wanted: string[] = [];
    if (isLost) wanted.push(id);
    if (status === 0) wanted.push(String(JSON.parse(stdout).saved?.id));
    return wanted
      .filter((name) => !there.includes(name))
      .map((name) => `the backup ${name} is gone`);
  }

  /** Whether `status` is true, statement by statement where something is half done. */
  async #tells({ halfDone, recorded }: Stand): Promise<readonly string[]> {
    const unfinished = this.#record.unfinished;
    const said = await this.#preparing.handrail('status', '--json');
    if (said.status !== 0) return failed('status', said);
    const told = JSON.parse(said.stdout) as Told;
    const wrong: string[] = [];
    if (unfinished > 0 && !said.stderr.includes('never finished')) {
      wrong.push('status says nothing of the run that never finished');
    }
    const result = { ...said, status: 0 };
    const command = { operation: 'rehearse', args: ['status'], status: 0, extent: '' } as const;
    wrong.push(...(await this.#record.look({ command, result, victim: null })));
    if (told.counts.applied !== recorded.length) {
      wrong.push('status counts otherwise than the database');
    }
    const { name } = this.project.revision(LOOSE);
    const found = told.revisions.find((each) => each.name === name)?.halfDone ?? null;
    this.#halfDone = found;
    if (!found) {
      if (halfDone) wrong.push(`status does not say that ${halfDone.ran} statements of it ran`);
      return wrong;
    }
    const fates = found.statements.map(({ fate }) => fate);
    const ended = fates.filter((fate) => fate === 'ended').length;
    const unknown = fates.filter((fate) => fate === 'running').length;
    const ran = halfDone?.ran ?? 0;
    if (halfDone && found.direction !== halfDone.direction) {
      wrong.push(`it says that it is half done ${found.direction}`);
    }
    // What an undo took back of them is not told one by one.
    const least = found.undoing ? 0 : ended;
    if (ran < least || ran > ended + unknown || unknown > 1) {
      wrong.push(`${ran} statements ran, and status tells of them: ${fates.join(', ')}`);
    }
    return wrong;
  }

  async end(): Promise<readonly string[]> {
    const { handrail } = this.#preparing;
    const wrong: string[] = [];
    // What is half done, or lost, first.
    const [first] = (await this.commands()).filter(
      ({ operation, before }) =>
        ['undo', 'mark'].includes(operation) || (operation === 'restore' && !before),
    );
    for (const command of first ? [first] : []) wrong.push(...(await this.#run(command)));
    const up: Command = { operation: 'up', args: ['up', '--yes', '--json'], status: 0, extent: '' };
    wrong.push(...(await this.#run(up)));
    const { recorded } = await standOf(this.project);
    if (recorded.length !== this.project.revisions.length) {
      wrong.push(`up applied ${recorded.join(', ')}`);
    }
    if (this.#record.unfinished > 0) wrong.push('a run is left unfinished');
    const listed = await handrail('backups', '--json');
    wrong.push(...failed('backups', listed));
    return wrong;
  }

  async #run(command: Command): Promise<readonly string[]> {
    const result = await this.#preparing.handrail(...command.args);
    const what = command.args.join(' ');
    const wrong = [
      ...failed(what, result, command.status),
      ...(await this.look({ command, result, victim: null })),
      ...(await standOf(this.project)).wrong,
    ];
    return wrong.map((each) => `after ${what}: ${each}`);
  }
}
