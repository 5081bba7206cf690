/** Replaces the user and password of every URL in a text. */
export function redactUrls(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/@]*(?::[^\s/@]*)?@/g, '$1…@');
}
