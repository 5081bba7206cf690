/** Patterns of settings, in which `*` stands for anything. */

export function matchesPattern(pattern: string, text: string, flags: '' | 'i' = ''): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, `s${flags}`).test(text);
}
