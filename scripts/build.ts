/**
 * Builds `dist/`: the command line with its UI as one bundle with lazy chunks, the engine as
 * another, the server host of demos, and the sample projects. MikroORM is never bundled: the engine takes
 * the user's copy, the journal Handrail's installed one.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });

/** Ink's import of the React developer tools, which no user of a build has. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup(builder) {
    builder.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({
      path,
      namespace: 'nothing',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({
      contents: 'export default { initialize() {}, connectToDevTools() {} };',
    }));
  },
};

/**
 * Ink reads every text of the screen anew for each frame, although most are those of the last one.
 * Here it knows them for as long as there are not too many.
 */
const withKeptTexts: Plugin = {
  name: 'with-kept-texts',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]ink[\\/]build[\\/]output\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const own = '    caches = new OutputCaches();\n';
      if (!text.includes(own)) throw new Error(`${path} has no caches of its own any more.`);
      return {
        contents: `${text.replace(own, '    caches = keptCaches();\n')}
let kept = new OutputCaches();
function keptCaches() {
  if (kept.styledChars.size > 250 || kept.widths.size > 2_500) kept = new OutputCaches();
  return kept;
}
`,
      };
    });
  },
};

await build({
  entryPoints: {
    cli: 'cli.tsx',
    engine: 'source/engine/main.ts',
    'server-host': 'source/demo/server-host.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.17',
  jsx: 'automatic',
  // Names are kept by not being shortened: esbuild's keepNames would define that of a function each
  // time that the function is made, which a parser does by the thousand.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: false,
  external: ['@mikro-orm/*', 'kysely', 'better-sqlite3', 'libpg-query'],
  // React's development build is several times slower.
  define: { 'process.env.NODE_ENV': '"production"' },
  // Some bundled CommonJS packages call require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [withoutDevtools, withKeptTexts],
  // Ink's packages have one of their own each, older ones and slower.
  alias: { 'string-width': fileURLToPath(import.meta.resolve('string-width')) },
  logLevel: 'warning',
});

// npm would obey a sample's .gitignore, and leave its database out of the package.
const notCopied = /[\\/](var|node_modules|\.handrail|\.gitignore)$/;
const sample = 'dist/demo/kallithea';
cpSync('examples/kallithea', sample, {
  recursive: true,
  filter: (path) => !notCopied.test(path) && !/[\\/]seed(\.ts)?$/.test(path),
});
execFileSync(process.execPath, ['examples/kallithea/seed.ts', `${sample}/var/dev.db`], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
// The one on PostgreSQL is seeded when there is a server.
cpSync('examples/kallithea-postgresql', 'dist/demo/kallithea-postgresql', {
  recursive: true,
  filter: (path) => !notCopied.test(path),
});
