/** Brings each key to the layer on top, by way of the table of commands. */

import { type Key, useInput, usePaste } from 'ink';
import { createContext, type ReactNode, use, useLayoutEffect, useRef } from 'react';
import type { Context } from './commands/command.ts';
import { type Facts, noFacts } from './facts.ts';
import { type CommandId, command, commandFor } from './keymap.ts';

export type Handlers = Partial<Record<CommandId, () => void>>;

/** A screen, dialog or line that takes keys while it is on screen. */
export interface Layer {
  readonly context: Context;
  readonly handlers: Handlers;
  readonly facts: Facts;
  /** Of two layers of a context, this one gets keys first: the pane that has the focus. */
  readonly focused: boolean;
  /** Gets what is typed or pasted, if it is a line to type into. */
  readonly onText?: ((text: string, key: Key | null) => void) | undefined;
}

/** The higher one gets keys first, whatever was mounted first. */
const LEVELS: Readonly<Record<Context, number>> = {
  everywhere: 0,
  revisions: 1,
  checklist: 1.6,
  watch: 2,
  log: 2,
  doctor: 2,
  schemas: 2,
  rehearsal: 2,
  document: 3,
  plan: 3,
  draft: 3,
  resolve: 3,
  question: 4,
  repair: 4,
  backups: 4,
  palette: 4,
  text: 5,
  tiny: 6,
};

export class Dispatcher {
  readonly #layers = new Set<{ readonly current: Layer }>();
  /** Called before each key with the command it means, if any. */
  beforeKey: (id: CommandId | undefined) => void = () => {};
  /** Called with the reason when a command can't be done now. */
  onRefused: (reason: string) => void = () => {};

  add(layer: { readonly current: Layer }): () => void {
    this.#layers.add(layer);
    return () => this.#layers.delete(layer);
  }

  /** Layers from the top down. */
  layers(): readonly Layer[] {
    return [...this.#layers].map(({ current }) => current).sort((a, b) => levelOf(b) - levelOf(a));
  }

  press(input: string, key: Key): void {
    if (key.eventType === 'release') return;
    const name = keyName(input, key);
    const [top] = this.layers();
    if (!top) return;
    const id = commandFor(name, top.context) ?? commandFor(name, 'everywhere');
    this.beforeKey(id);
    if (id) this.run(id);
    else top.onText?.(input, key);
  }

  paste(text: string): void {
    // Pasted text is never a command, whatever it says.
    this.beforeKey(undefined);
    this.layers()[0]?.onText?.(text.replace(/[\r\n]+/g, ' '), null);
  }

  /** Runs a command in the highest layer that handles it, or says why it can't be done. */
  run(id: CommandId): void {
    const layer = this.layers().find(({ handlers }) => handlers[id]);
    if (!layer) return;
    const reason = command(id).disabled?.(layer.facts) ?? null;
    if (reason) this.onRefused(reason);
    else layer.handlers[id]?.();
  }
}

const DispatcherContext = createContext(new Dispatcher());

export function useDispatcher(): Dispatcher {
  return use(DispatcherContext);
}

/** Reads the keyboard for everything below it. */
export function KeyReader(props: { dispatcher: Dispatcher; children: ReactNode }) {
  const { dispatcher, children } = props;
  useInput((input, key) => {
    // Keys typed faster than they are read may come together.
    const parts = input.length > 1 && !key.ctrl && !key.meta ? [...input] : [input];
    for (const part of parts) dispatcher.press(part, part === input ? key : plainKey(part, key));
  });
  usePaste((text) => dispatcher.paste(text));
  return <DispatcherContext value={dispatcher}>{children}</DispatcherContext>;
}

/** Takes part in the keyboard while mounted and `active`. */
export function useLayer(layer: Partial<Layer> & Pick<Layer, 'context'>, active = true): void {
  const dispatcher = useDispatcher();
  const current = useRef<Layer>({ ...defaults, ...layer });
  useLayoutEffect(() => {
    current.current = { ...defaults, ...layer };
  });
  useLayoutEffect(() => {
    if (active) return dispatcher.add(current);
  }, [dispatcher, active]);
}

const defaults = { handlers: {}, facts: noFacts, focused: false };

function levelOf({ context, focused }: Layer): number {
  return LEVELS[context] + (focused ? 0.5 : 0);
}

/** What a key is called in the table of commands. */
function keyName(input: string, key: Key): string {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'pageup';
  if (key.pageDown) return 'pagedown';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return || input === '\r' || input === '\n') return 'enter';
  if (key.escape) return 'escape';
  if (key.tab || input === '\t') return key.shift ? 'shift+tab' : 'tab';
  if (key.ctrl) return `ctrl+${input}`;
  if (key.meta) return `alt+${input}`;
  return input === ' ' ? 'space' : input;
}

function plainKey(part: string, key: Key): Key {
  return { ...key, return: part === '\r', tab: part === '\t', shift: false };
}
