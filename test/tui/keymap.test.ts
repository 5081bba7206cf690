import { describe, expect, test } from 'vitest';
import { textOf } from '../../source/presentation/terminal/spans.ts';
import type { Context } from '../../source/tui/commands/command.ts';
import { keyBarLine } from '../../source/tui/components/key-bar.tsx';
import { helpLines } from '../../source/tui/documents/help.ts';
import { type Facts, noFacts } from '../../source/tui/facts.ts';
import { command, commandFor, commandIds, commandsIn } from '../../source/tui/keymap.ts';
import { rankCommands } from '../../source/tui/screens/palette-rank.ts';
import { historyOf, revision, someHistory } from './builders.ts';
import { keys, openScreen } from './screen.tsx';

const CONTEXTS: readonly Context[] = [
  'everywhere',
  'revisions',
  'log',
  'doctor',
  'schemas',
  'rehearsal',
  'document',
  'plan',
  'repair',
  'question',
  'palette',
  'text',
  'tiny',
];

const ready: Facts = {
  ...noFacts,
  history: someHistory,
  selected: revision('20261124_add_repo_owner', { state: 'pending' }),
};

describe('the table of commands', () => {
  test('documents every command', () => {
    for (const id of commandIds) {
      const { keys: bound, label, description, contexts } = command(id);
      expect(bound.length, id).toBeGreaterThan(0);
      expect(contexts.length, id).toBeGreaterThan(0);
      expect(label, id).toMatch(/^[a-z][a-z /]*$/);
      expect(description, id).toMatch(/^[A-Z].*\.$/);
    }
  });

  test.each(CONTEXTS)('binds no key twice in %s', (context) => {
    // What lies under a context that is not for typing counts too.
    const covered =
      context === 'text' || context === 'palette' ? [context] : [context, 'everywhere' as const];
    const bound = commandsIn(covered).flatMap((id) => command(id).keys);
    expect(bound).toEqual([...new Set(bound)]);
  });

  test('runs nothing destructive on a single key: only the plan does', () => {
    expect(commandFor('enter', 'plan')).toBe('confirmUp');
    expect(commandFor('y', 'plan')).toBe('confirmDown');
    expect(command('confirmUp').contexts).toEqual(['plan']);
    expect(command('confirmDown').contexts).toEqual(['plan']);
  });
});

describe('what can not be done', () => {
  const reason = (id: Parameters<typeof command>[0], facts: Partial<Facts>) =>
    command(id).disabled?.({ ...ready, ...facts }) ?? null;

  test('is said with a reason', () => {
    expect(reason('upgrade', {})).toBeNull();
    expect(reason('upgrade', { running: true })).toMatch(/run is going/);
    expect(reason('upgrade', { history: null })).toMatch(/still looking/);
    expect(reason('upgrade', { history: historyOf([revision('a')]) })).toBe('Nothing is pending.');
    expect(reason('downgrade', { history: historyOf([]) })).toBe('Nothing is applied.');
    expect(reason('upgradeTo', { selected: revision('a') })).toMatch(/already applied/);
    expect(reason('downgradeTo', {})).toMatch(/not applied/);
    expect(reason('downgradeTo', { selected: revision('20261101_user_api_keys') })).toMatch(
      /Nothing was applied after/,
    );
    expect(reason('runOnly', { selected: revision('a', { state: 'missing' }) })).toMatch(/missing/);
    expect(reason('runOnly', { selected: null })).toMatch(/No revision/);
  });

  test('is left out of the key bar, and marked in help', () => {
    const bar = (facts: Facts) => textOf(keyBarLine({ context: 'revisions', facts, columns: 120 }));
    expect(bar(ready)).toContain(' u upgrade ');
    expect(bar({ ...ready, running: true })).not.toContain('upgrade');
    expect(bar({ ...ready, running: true })).toContain(' q quit ');
    const help = helpLines(['revisions'], { ...ready, running: true }, 200)
      .map(textOf)
      .join('\n');
    expect(help).toMatch(/^u .*Not now: A run is going\./m);
  });

  test.each([20, 60, 80, 120])('the key bar fits into %d columns', (columns) => {
    const bar = textOf(keyBarLine({ context: 'revisions', facts: ready, columns }));
    expect(bar.length).toBeLessThanOrEqual(columns);
    expect(bar).toContain('q quit');
  });
});

describe('help', () => {
  test('lists every command of the screen with all its keys', async () => {
    const text = helpLines(['revisions', 'everywhere'], ready, 400).map(textOf).join('\n');
    for (const id of commandsIn(['revisions', 'everywhere'])) {
      expect(text).toContain(command(id).description);
    }
    expect(text).toMatch(/^↑ k +Move up\./m);
    expect(text).toMatch(/^Ctrl\+C /m);
  });

  test('opens with ?, scrolls, and closes with Esc', async () => {
    const screen = openScreen({ columns: 80, rows: 24 });
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('▌○ 20261124');
    await screen.press('?');
    await screen.shows('Help: Revisions');
    await screen.shows('Upgrade the target to head');
    await screen.press('G');
    await screen.hides('Upgrade the target to head');
    expect(screen.rows()).toHaveLength(24);
    await screen.press(keys.escape);
    await screen.shows('▌○ 20261124');
  });
});

describe('the palette', () => {
  test('ranks by how few letters are skipped', () => {
    const ids = commandsIn(['revisions']);
    expect(rankCommands(ids, '')).toBe(ids);
    expect(rankCommands(ids, 'upg')[0]).toBe('upgrade');
    expect(rankCommands(ids, 'dth')[0]).toBe('downgradeTo');
    expect(rankCommands(ids, 'xyzzy')).toEqual([]);
  });

  test('runs the chosen command, or says why not', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('▌○ 20261124');
    await screen.press(':', ...'downg');
    await screen.shows('▌ d');
    await screen.press(keys.enter);
    await screen.shows('Run this downgrade?');
    await screen.press(keys.escape, ':', ...'down to');
    await screen.shows('Not now: The selected revision is not applied');
    await screen.press(keys.enter);
    await screen.shows('The selected revision is not applied: there is nothing to keep.');
    expect(screen.session.planned).toHaveLength(1);
  });
});
