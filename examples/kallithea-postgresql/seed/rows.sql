-- Invented rows, the same each time. Steps by primes stand in for chance.

insert into users (username, email, role, created_at)
select name || n, name || n || '@example.org',
  case when n = 1 then 'admin' when n % 3 = 0 then 'writer' else 'reader' end::user_role,
  timestamptz '2025-02-03 08:00+00' + n * interval '31 minutes'
from generate_series(1, 40) n, unnest(array['ada', 'edsger', 'grace', 'ken', 'niklaus']) name
order by n, name;

insert into repositories (path, kind, owner_id, created_at, settings)
select area || '/' || part || '-' || n,
  case when n % 4 = 0 then 'hg' else 'git' end::repository_kind,
  1 + (n * 37) % 200,
  timestamptz '2025-02-04 09:00+00' + n * interval '3 hours',
  jsonb_build_object('landing', 'branch:main', 'mirror', n % 5 = 0, 'retention_days', 30 * (1 + n % 4))
from generate_series(1, 25) n,
  unnest(array['platform', 'storage', 'tools']) area,
  unnest(array['api', 'core', 'docs', 'web']) part
order by n, area, part;

insert into pull_requests (repository_id, author_id, title, status, created_at)
select 1 + (n * 53) % 300, 1 + (n * 29) % 200,
  (array['Fix', 'Speed up', 'Simplify', 'Document', 'Test'])[1 + n % 5] || ' '
    || (array['locking', 'the cache', 'uploads', 'the importer', 'sign-in', 'paging', 'search'])[1 + n % 7],
  (array['merged', 'merged', 'merged', 'open', 'closed'])[1 + (n * 7) % 5]::pull_request_status,
  timestamptz '2025-03-11 07:00+00' + n * interval '2 hours'
from generate_series(1, 3000) n
order by n;

insert into comments (pull_request_id, author_id, body, created_at)
select 1 + (n * 101) % 3000, 1 + (n * 17) % 200,
  (array[
    'Looks good to me.',
    'Could this be a function of its own?',
    'What happens if the connection is lost here?',
    'Please add a test for the empty case.',
    'I measured it: half the time, and less memory.'
  ])[1 + n % 5],
  timestamptz '2025-04-23 08:00+00' + n * interval '9 minutes'
from generate_series(1, 30000) n
order by n;

insert into audit.entries (at, username, action, details)
select timestamptz '2025-07-08 06:00+00' + n * interval '5 minutes',
  (array['ada', 'edsger', 'grace', 'ken', 'niklaus'])[1 + n % 5] || (1 + n % 40),
  (array['login', 'push', 'pull_request.open', 'comment.add', 'settings.change'])[1 + (n * 3) % 5],
  jsonb_build_object('from', '192.0.2.' || (1 + n % 254))
from generate_series(1, 40000) n
order by n;

-- As if each revision had been applied on the day after it was written.
update mikro_orm_migrations
set executed_at = to_timestamp(substring(name from '\d{14}'), 'YYYYMMDDHH24MISS') + interval '25 hours';

analyze;
