import { at } from './random.ts';
import { DAY, FIRST_DAY, type Row, type Sample } from './sample.ts';
import * as words from './words.ts';

export interface User {
  readonly id: number;
  readonly username: string;
  readonly createdAt: number;
}

export function addUsers(sample: Sample): User[] {
  const { random } = sample;
  const users: User[] = [];
  const taken = new Set<string>();
  const add = (username: string, row: Row): void => {
    const createdAt = Number(row.created_at);
    const id = sample.addWithId('users', { username, ...row });
    users.push({ id, username, createdAt });
    taken.add(username);
  };
  // Whoever isn't signed in has this account's permissions.
  add('default', {
    password_hash: null,
    first_name: 'Anonymous',
    last_name: 'User',
    email: null,
    auth_source: 'internal',
    is_active: 1,
    is_admin: 0,
    inherits_defaults: 0,
    last_login_at: null,
    created_at: FIRST_DAY,
  });
  while (users.length < 220) {
    const [first, last] = random.chance(0.06)
      ? random.pick(words.NATIVE_NAMES)
      : ([random.pick(words.FIRST_NAMES), random.pick(words.LAST_NAMES)] as const);
    const stem = asciiOf(`${first.charAt(0)}${last}`) || `u${random.hex(5)}`;
    const username = taken.has(stem) ? `${stem}${users.length}` : stem;
    const source = random.chance(0.3) ? 'ldap' : random.chance(0.05) ? 'pam' : 'internal';
    const createdAt = users.length < 20 ? FIRST_DAY + users.length * 60_000 : sample.moment();
    add(username, {
      password_hash: source === 'internal' ? `$2b$12$${random.base64(53)}` : null,
      first_name: first,
      last_name: last,
      email: sample.maybe(0.96, () => `${username}@${random.pick(words.DOMAINS)}`),
      auth_source: source,
      is_active: sample.flag(0.92),
      is_admin: users.length < 4 ? 1 : 0,
      inherits_defaults: sample.flag(0.9),
      last_login_at: sample.maybe(0.88, () => sample.moment(createdAt)),
      created_at: createdAt,
    });
  }
  return users;
}

export function addAccounts(sample: Sample, users: readonly User[]): void {
  const { random } = sample;
  const addresses = new Set<string>();
  for (const user of people(users)) {
    for (let n = random.between(0, 4); n > 0; n--) {
      const plain = `${user.username}+${random.pick(['git', 'hg', 'work', 'list'])}@${random.pick(words.DOMAINS)}`;
      // As people type them: a later revision makes them comparable.
      const typed = random.chance(0.25)
        ? plain.charAt(0).toUpperCase() + plain.slice(1)
        : random.chance(0.05)
          ? plain.toUpperCase()
          : plain;
      if (addresses.has(typed)) continue;
      addresses.add(typed);
      sample.addWithId('user_emails', {
        user_id: user.id,
        address: typed,
        created_at: sample.moment(user.createdAt),
      });
    }
    if (random.chance(0.6)) {
      for (let n = random.between(1, 2); n > 0; n--) {
        const createdAt = sample.moment(user.createdAt);
        sample.addWithId('api_keys', {
          user_id: user.id,
          description: random.pick(['', 'laptop', 'CI', 'backup script', "cron's", 'エディタ']),
          expires_at: sample.maybe(0.5, () => createdAt + random.between(30, 365) * DAY),
          created_at: createdAt,
          key_hash: random.hex(64),
          key_prefix: `kal_${random.hex(4)}`,
        });
      }
    }
    if (random.chance(0.7)) {
      for (let n = random.between(1, 2); n > 0; n--) {
        const createdAt = sample.moment(user.createdAt);
        sample.addWithId('ssh_keys', {
          user_id: user.id,
          public_key: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${random.base64(43)} ${user.username}`,
          description: random.pick(['', 'laptop', 'desktop', 'old laptop', 'YubiKey 🔑']),
          fingerprint: `SHA256:${random.base64(43)}`,
          created_at: createdAt,
          last_seen_at: sample.maybe(0.8, () => sample.moment(createdAt)),
        });
      }
    }
    if (random.chance(0.15)) {
      const nets = [
        `10.${random.between(0, 255)}.0.0/16`,
        `192.0.2.${random.between(1, 254)}`,
        '2001:db8::/32',
      ];
      for (const network of random.sample(nets, random.between(1, 2))) {
        sample.addWithId('user_ip_whitelist', {
          user_id: user.id,
          network,
          is_active: sample.flag(0.9),
        });
      }
    }
  }
}

export function addUserGroups(sample: Sample, users: readonly User[]): number[] {
  const { random } = sample;
  const groups: number[] = [];
  for (const [name, description] of words.USER_GROUPS) {
    const group = sample.addWithId('user_groups', {
      name,
      description,
      is_active: name === 'interns' ? 0 : 1,
      owner_id: at(users, random.between(1, 9)).id,
      created_at: sample.moment(),
    });
    groups.push(group);
    for (const user of random.sample(people(users), random.between(4, 30))) {
      sample.add('user_group_members', { user_group_id: group, user_id: user.id });
    }
  }
  return groups;
}

/** Everybody but the account of those who aren't signed in. */
export function people(users: readonly User[]): readonly User[] {
  return users.slice(1);
}

function asciiOf(name: string): string {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}
