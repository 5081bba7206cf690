/** Asks where to save, and whether to overwrite. */

import { resolve } from 'node:path';
import { Text } from 'ink';
import { useState } from 'react';
import { escapeControl } from '../../text/escape.ts';
import { plural } from '../../text/format.ts';
import { TextField } from '../components/text-field.tsx';
import { useLayer } from '../keys.tsx';
import { useNotice, useServices } from '../services.ts';
import { looks } from '../theme.ts';
import { saveStatements } from './save.ts';
import type { StatementSource } from './source.ts';

export interface SaveLineProps {
  readonly source: StatementSource;
  /** A sensible name for the file. */
  readonly name: string;
  readonly onDone: () => void;
}

export function SaveLine({ source, name, onDone }: SaveLineProps) {
  const { project } = useServices();
  const notify = useNotice();
  const [existing, setExisting] = useState<string | null>(null);
  const save = async (file: string, overwrite: boolean) => {
    if (file.trim() === '') return onDone();
    const saved = await saveStatements(source, resolve(project.root, file.trim()), overwrite);
    if (saved.state === 'exists') return setExisting(file);
    onDone();
    if (saved.state === 'failed') notify(`Not saved: ${saved.why}`, 'warn');
    else notify(`Saved ${plural(saved.statements, 'statement')} to ${file}.`);
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
    <Text {...looks.warn} wrap="truncate-end">
      {' '}
      {escapeControl(file)} exists. Overwrite it? y: yes n: no
    </Text>
  );
}
