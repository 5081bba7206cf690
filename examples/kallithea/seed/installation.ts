import { people, type User } from './people.ts';
import type { Repository } from './repositories.ts';
import type { Sample } from './sample.ts';
import * as words from './words.ts';

export function addAuditLog(
  sample: Sample,
  users: readonly User[],
  repositories: readonly Repository[],
): void {
  const { random } = sample;
  // From the day on which the log came in.
  const times = Array.from({ length: 2400 }, () => sample.moment(Date.UTC(2025, 9, 7, 9, 0)));
  for (const time of times.sort((a, b) => a - b)) {
    const action = random.pick(words.AUDIT_ACTIONS);
    const isGone = random.chance(0.02);
    const user = random.pick(people(users));
    const repository = action.startsWith('repository.') ? random.pick(repositories) : null;
    sample.addWithId('audit_log', {
      at: time,
      action,
      user_id: isGone ? null : user.id,
      username: isGone ? `left-${random.hex(3)}` : user.username,
      repository_id: repository?.id ?? null,
      repository_path: repository?.path ?? null,
      ip_address: sample.maybe(0.97, () =>
        random.chance(0.8) ? `192.0.2.${random.between(1, 254)}` : `2001:db8::${random.hex(4)}`,
      ),
    });
  }
}

export function addSettings(sample: Sample): void {
  for (const [key, type, value] of words.SETTINGS) {
    sample.addWithId('settings', { key, type, value });
  }
  for (const [section, key, value] of words.UI_HOOKS) {
    sample.addWithId('ui_hooks', { section, key, value, is_active: value === '' ? 0 : 1 });
  }
}
