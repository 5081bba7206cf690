import { describe, expect, it } from 'vitest';
import { Screen } from './screen.ts';
import { drawSvg } from './svg.ts';

async function screenWith(text: string, columns = 24, rows = 3): Promise<Screen> {
  const screen = new Screen(columns, rows);
  await new Promise<void>((parsed) => screen.xterm.write(text, parsed));
  return screen;
}

describe('a picture of a screen', () => {
  it('is the same every time', async () => {
    const text = '\x1b[1;31mred\x1b[0m and \x1b[7minverse\x1b[0m\r\n╭─╮ 你 🚀';
    const pictures = await Promise.all([screenWith(text), screenWith(text)]);
    const [first, second] = pictures.map((screen) => drawSvg(screen, { title: 'A & B' }));
    expect(first).toBe(second);
    expect(first).toContain('<title>A &amp; B</title>');
  });

  it('keeps text aligned whatever the font', async () => {
    const picture = drawSvg(await screenWith('a<b   你x'));
    // A run of six columns; a wide character of two; what follows it at the right place.
    expect(picture).toMatch(
      /<text x="14" y="[\d.]+" textLength="27" fill="#d5dae3">a&lt;b<\/text>/,
    );
    expect(picture).toMatch(/<text x="68" [^>]*textLength="18" lengthAdjust="[A-Za-z]+"[^>]*>你</);
    expect(picture).toMatch(/<text x="86" [^>]*>x</);
  });

  it('shows colours and styles', async () => {
    const picture = drawSvg(
      await screenWith(
        '\x1b[38;2;1;2;3mrgb\x1b[38;5;208mcube\x1b[0;1mbold\x1b[0;2mdim\x1b[0;4mline\x1b[0;7minv',
      ),
    );
    expect(picture).toContain('fill="#010203">rgb<');
    expect(picture).toContain('fill="#ff8700">cube<');
    expect(picture).toContain('font-weight="700">bold<');
    expect(picture).toMatch(/fill="#(?!d5dae3)[0-9a-f]{6}">dim</);
    expect(picture).toContain('text-decoration="underline">line<');
    expect(picture).toMatch(/<rect [^>]*width="27" height="21" fill="#d5dae3"\/>/);
    expect(picture).toContain('fill="#15181e">inv<');
  });

  it('draws boxes as shapes, without gaps between lines', async () => {
    const picture = drawSvg(await screenWith('╭─\r\n│█\r\n╰┬'));
    expect(picture).not.toMatch(/[╭─│█╰┬]/);
    expect(picture).toContain('M18.5 55V76');
    expect(picture).toContain('<rect x="23" y="55" width="9" height="21"');
  });

  it('finds the style of a text behind wide characters', async () => {
    const screen = await screenWith('你好 🚀 \x1b[1mbold\x1b[0m');
    expect(screen.styleOf('bold')?.bold).toBe(true);
    expect(screen.styleOf('你')?.bold).toBe(false);
    expect(screen.styleOf('absent')).toBeNull();
    expect(screen.hasColours()).toBe(false);
  });
});
