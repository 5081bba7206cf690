/** Asks where to save, and whether to overwrite. */

import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Text } from 'ink';
import { useState } from 'react';
import { styles } from '../../presentation/terminal/theme.ts';
import { printablePiece } from '../../text/print.ts';
import { withoutSecrets } from '../../text/redact.ts';
import { useLayer } from '../keys.tsx';
import { useNotice, useServices } from '../services.ts';
import { TextField } from './text-field.tsx';

export interface SaveLineProps {
  /** A sensible name for the file. */
  readonly name: string;
  /** Writes it piece by piece, and says what was written. */
  readonly write: (add: (text: string) => Promise<void>) => Promise<string>;
  readonly onDone: () => void;
}

export function SaveLine({ name, write, onDone }: SaveLineProps) {
  const { project } = useServices();
  const notify = useNotice();
  const [existing, setExisting] = useState<string | null>(null);
  const save = async (file: string, overwrite: boolean) => {
    if (file.trim() === '') return onDone();
    const saved = await saveTo(resolve(project.root, file.trim()), overwrite, write);
    if (saved.state === 'exists') return setExisting(file);
    onDone();
    if (saved.state === 'failed') notify(`Not saved: ${saved.why}`, 'warn');
    else notify(`Saved ${saved.what} to ${file}.`);
  };
  if (existing !== null) {
    return (
      <Overwrite
        file={existing}
        onYes={() => void save(existing, true)}
        onNo={() => setExisting(null)}
      />
    );
  }
  return (
    <TextField
      label=" save as: "
      initial={name}
      onAccept={(file) => void save(file, false)}
      onDismiss={onDone}
    />
  );
}

function Overwrite(props: { file: string; onYes: () => void; onNo: () => void }) {
  const { file, onYes, onNo } = props;
  useLayer({ context: 'question', handlers: { yes: onYes, no: onNo } });
  return (
    <Text {...styles.warn} wrap="truncate-end">
      {' '}
      {printablePiece(file)} exists. Overwrite it? y: yes n: no
    </Text>
  );
}

type Saved =
  | { readonly state: 'saved'; readonly what: string }
  /** There is such a file, and it was not to be overwritten. */
  | { readonly state: 'exists' }
  | { readonly state: 'failed'; readonly why: string };

/** Overwrites a file only when told to. */
async function saveTo(
  path: string,
  overwrite: boolean,
  write: SaveLineProps['write'],
): Promise<Saved> {
  let created = false;
  try {
    await using file = await open(path, overwrite ? 'w' : 'wx');
    created = !overwrite;
    const what = await write(async (text) => {
      await file.write(withoutSecrets(text));
    });
    return { state: 'saved', what };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return { state: 'exists' };
    }
    // Half a file would look like a whole one.
    if (created) await rm(path, { force: true });
    return { state: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}
