/** Configurations that a made project can have in place of its own. */

import type { ProjectOptions } from '../kit/made-project.ts';

/** For kind `ts-native`: TypeScript checks its revisions. */
export const checkedByTypeScript = {
  packages: ['typescript'],
  files: {
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', noImplicitAny: false, noEmit: true },
      include: ['migrations', 'types.d.ts'],
    }),
    // The kit leaves out the types of packages.
    'types.d.ts':
      "declare module '@mikro-orm/migrations' { class Migration { up(): void; down(): void; addSql(sql: string): void } }",
  },
} as const satisfies ProjectOptions;
