/** What the invented people, repositories and discussions are made of. */

export const FIRST_NAMES = list(`
  Ada Amina Anna Björn Carlos Chiara Dmitri Elif Émile Fatima Gábor Grace Hannah Hiro Ingrid
  Ines Jamal Jürgen Kateřina Kofi Leila Łukasz Mads Mariana Mei Miguel Nadia Niamh Noor Olga
  Oskar Paolo Priya Quentin Rosa Samuel Siobhán Søren Tariq Thảo Uma Viktor Wanjiru Ximena Yuki
  Yusuf Zoë Þóra
`);

export const LAST_NAMES = list(`
  Abebe Andersson Bauer Bianchi Castro Chen Díaz Dubois Eriksen Fischer Fofana García Grünwald
  Haddad Horák Ivanova Jansen Jónsdóttir Kaya Kowalski Larsen Lindqvist Mensah Moreau Müller
  Nakamura Nguyễn O'Brien O'Neill Okafor Papadakis Petrov Quispe Rao Rossi Sato Silva Smith
  Svensson Tanaka Turner Urbán Varga Weiß Wójcik Yılmaz Zhang Ødegård
`);

/** Some people write their own name in their own script. */
export const NATIVE_NAMES = [
  ['さくら', '田中'],
  ['伟', '张'],
  ['Анна', 'Иванова'],
  ['دانا', 'حداد'],
  ['민준', '김'],
  ['Ελένη', 'Παπαδάκη'],
  ['नेहा', 'शर्मा'],
  ['נועה', 'לוי'],
] as const;

export const DOMAINS = [
  'example.org',
  'example.com',
  'mail.example.net',
  'lab.example.edu',
] as const;

/** `path: what it is for`; parents come before their children. */
export const REPO_GROUPS = [
  ['platform', 'What everything else runs on'],
  ['platform/storage', 'Blobs, queues and the databases behind them'],
  ['platform/network', 'Proxies, names and certificates'],
  ['platform/build', 'Runners, caches, packages'],
  ['web', 'What visitors see'],
  ['web/frontend', 'Pages and components'],
  ['web/backend', 'Their services'],
  ['web/design', 'Icons, fonts – and the "one true" style guide'],
  ['mobile', 'Both of the apps'],
  ['mobile/android', ''],
  ['mobile/ios', ''],
  ['data', 'Reports and what feeds them'],
  ['data/pipelines', 'Nightly jobs'],
  ['data/notebooks', 'Explorations; nothing here is load-bearing'],
  ['research', 'Ideas'],
  ['research/papers', 'LaTeX, mostly'],
  ['research/向量', '向量检索实验'],
  ['operations', 'Keeping the lights on 💡'],
  ['operations/playbooks', 'What to do at three in the morning'],
  ['operations/monitoring', 'Dashboards and alerts'],
  ['education', 'Courses and workshops'],
  ['education/débutants', 'Pour commencer'],
  ['archive', 'Read only, kept for the history'],
] as const;

export const REPO_FIRST = list(`
  blob cart chart config event feature geo invoice job key log mail message metric page queue
  search session stock tile token user
`);

export const REPO_SECOND = list(`
  agent api cache cli client docs exporter gateway importer lab mirror proxy router server store
  sync tools ui viewer worker
`);

export const REPO_DESCRIPTIONS = [
  '',
  '',
  'Work in progress',
  'Internal',
  'See README.md',
  'Reads events and writes them somewhere better',
  'The old one. Use the new one.',
  "Don't deploy on Fridays",
  'A small library that grew',
  'Größere Dateien in kleinen Schritten',
  '日本語の説明もここにあります',
  'Fast, correct, cheap: "pick two"',
  'First line of the description.\n\nAnd a second paragraph, with a list:\n- one\n- two',
] as const;

export const USER_GROUPS = [
  ['administrators', 'They get the blame'],
  ['backend', 'Services and their databases'],
  ['frontend', 'Everything with a pixel in it'],
  ['mobile', 'Android and iOS'],
  ['data', 'Pipelines, reports, notebooks'],
  ['research', 'Papers and prototypes'],
  ['operations', 'On call, in turns'],
  ['security', 'Asks before you wish it had'],
  ['design', 'Æsthetics'],
  ['documentation', 'Writes down what the others know'],
  ['release-managers', 'May push tags'],
  ['reviewers', 'Invited to every pull request without a reviewer'],
  ['contractors', "Access ends with the contract's end"],
  ['interns', 'Summer of 2025'],
  ['translators', 'de, fr, ja, pl, zh – 🌍'],
  ['robots', 'Accounts of programs'],
] as const;

export const PERMISSIONS = [
  ['hg.admin', 'Administrator'],
  ['repository.none', 'No access to a repository'],
  ['repository.read', 'Read a repository'],
  ['repository.write', 'Write to a repository'],
  ['repository.admin', 'Administer a repository'],
  ['group.none', 'No access to a group of repositories'],
  ['group.read', 'See a group of repositories'],
  ['group.write', 'Create repositories in a group'],
  ['group.admin', 'Administer a group of repositories'],
  ['usergroup.none', 'No access to a user group'],
  ['usergroup.read', 'See a user group'],
  ['usergroup.write', 'Change the members of a user group'],
  ['usergroup.admin', 'Administer a user group'],
  ['create.repository', 'Create repositories at the top'],
  ['create.usergroup', 'Create user groups'],
  ['fork.repository', 'Fork repositories'],
  ['register.manual', 'Register, and wait for approval'],
] as const;

export const DIRECTORIES = [
  'src',
  'lib',
  'source/core',
  'tests',
  'docs',
  'app/models',
  'cmd',
] as const;
export const FILES = [
  'index.ts',
  'main.go',
  'cache.py',
  'locks.rs',
  'schema.sql',
  'README.md',
  'Makefile',
  'parser.c',
  'queue.ts',
  'résumé.tex',
  'view.tsx',
  'retry.py',
  'config.yaml',
  '设计.md',
] as const;

export const BRANCHES = list(`
  fix-locks retry-on-429 faster-start drop-python-2 rename-things more-tests dark-mode
  smaller-image null-checks umlaute upgrade-deps wip revert-revert
`);

export const TITLES = [
  'Fix a deadlock when two workers stop at once',
  'Retry when the server asks for patience',
  'Start faster by reading the index lazily',
  'Drop Python 2 at last',
  'Say "repository" everywhere, not "repo"',
  "Don't swallow errors in the importer",
  'Dark mode 🌙',
  'Smaller image: 1.2 GB → 180 MB',
  'Handle names such as "Ødegård" and "张伟"',
  'Upgrade dependencies',
  'Revert "Revert "Upgrade dependencies""',
  'Tests for what broke last week',
  'WIP: do not merge',
  '検索結果の並び順を修正',
  'Explain the retry policy in the docs',
  'Rotate the log; it was 100% of the disk',
] as const;

export const REMARKS = [
  'Looks good to me.',
  'LGTM 👍',
  'Could this be null here?',
  "I don't follow: why is the lock taken twice?",
  'Nit: trailing white space.',
  "This is O(n²), isn't it? With our 40\u202f000 rows that will be felt.",
  'Please add a test for the empty case.',
  'The name "data" says little; what about `pendingRows`?',
  "Merci, c'est bien plus clair comme ça.",
  'これは素晴らしいですね！ただ、エラー処理が足りないと思います。',
  '建议在这里加上超时。',
  'Ich würde das lieber in zwei Commits sehen.',
  'Same problem as in the importer; see the comment there.',
  'What happens if the disk is full? 😱',
  'Good catch!',
  'I would rather have it fail loudly than carry on with half of the rows.',
  'It works on my machine 🤷‍♀️ but not on the runner.',
  'Measured it: 1.8 s before, 240 ms after.',
  'Done.',
  'Fixed in the next revision.',
  "Let's do that separately.",
  'Are we sure that nobody else calls this?',
  '```\nTraceback (most recent call last):\n  File "retry.py", line 42, in <module>\nKeyError: \'delay\'\n```',
  '> Could this be null here?\n\nNo: the caller checks. I have added a comment.',
  'I read this three times, and I think that it is right.\n\nTwo things, though:\n\n1. the `finally` also runs after a `return`;\n2. the message should say *which* file.',
  'Approved, with 100% of my "confidence"; mind the \\n at the end of the file.',
] as const;

export const AUDIT_ACTIONS = [
  'user.login',
  'user.login',
  'user.login',
  'user.login.failed',
  'repository.push',
  'repository.push',
  'repository.push',
  'repository.pull',
  'repository.create',
  'repository.fork',
  'pull_request.open',
  'pull_request.merge',
  'permission.change',
  'api_key.create',
] as const;

export const SETTINGS = [
  ['title', 'text', 'Kallithea'],
  ['realm', 'text', 'Sign in — 登录 — Anmelden'],
  ['registration_open', 'boolean', 'false'],
  ['show_private_icon', 'boolean', 'true'],
  ['dashboard_items', 'number', '100'],
  ['admin_grid_items', 'number', '25'],
  ['clone_uri_template', 'text', '{scheme}://{user}@{netloc}/{repo}'],
  ['clone_ssh_template', 'text', 'ssh://git@{hostname}/{repo}'],
  ['auth_plugins', 'list', 'internal,ldap'],
  ['ldap_host', 'text', 'ldap.example.org'],
  ['ldap_port', 'number', '636'],
  ['ldap_base_dn', 'text', 'dc=example,dc=org'],
  ['captcha_key', 'text', null],
  ['analytics', 'text', null],
  ['gravatar_url', 'text', 'https://avatars.example.org/{md5email}?s={size}'],
  ['stylify_metatags', 'boolean', 'false'],
  ['default_repository_kind', 'text', 'git'],
  ['default_repository_private', 'boolean', 'false'],
  ['comment_edit_minutes', 'number', '15'],
  ['footer', 'text', 'Questions? Ask "operations".\nThey don\'t bite.'],
] as const;

export const UI_HOOKS = [
  ['hooks', 'changegroup.update', 'hg update >&2'],
  ['hooks', 'changegroup.push_logger', 'python:hooks.log_push'],
  ['hooks', 'outgoing.pull_logger', 'python:hooks.log_pull'],
  ['hooks', 'changegroup.size', 'python:hooks.repository_size'],
  ['hooks', 'pretxnchangegroup.check', 'python:hooks.refuse_big_files'],
  ['web', 'push_ssl', 'false'],
  ['web', 'allow_archive', 'gz zip bz2'],
  ['web', 'baseurl', '/'],
  ['paths', '/', '/srv/repositories'],
  ['extensions', 'largefiles', ''],
  ['extensions', 'hgsubversion', ''],
  ['phases', 'publish', 'true'],
] as const;

function list(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
