/** Writes docs/keys.md from the one table of commands: `node scripts/keys.ts`. */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { command, commandIds, keyLabel } from '../source/tui/keymap.ts';

const categories = [...new Set(commandIds.map((id) => command(id).category))];

const sections = categories.map((category) => {
  const rows = commandIds
    .filter((id) => command(id).category === category)
    .map((id) => {
      const { keys, description } = command(id);
      return `| ${keys.map((key) => `\`${keyLabel(key)}\``).join(' ')} | ${description} |`;
    });
  return [`## ${category}`, '', '| key | does |', '|---|---|', ...rows, ''].join('\n');
});

const text = `# Keys

Made from the table of commands by \`node scripts/keys.ts\`. In the app, \`?\` shows the keys of the screen that you are on, and why a command can't be used just now; \`:\` finds any command by its name.

${sections.join('\n')}`;

writeFileSync(fileURLToPath(new URL('../docs/keys.md', import.meta.url)), text);
