/** What tables and words on the terminal share. */

/** A line under the head and nothing else: twenty arms fit a screen. */
export const LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
};

/** Labels and language codes come from files: control characters would reach the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '�');
}

/** Without spaces at the ends of lines. */
export function trimLines(text: string): string {
  return text.replace(/[ \t]+$/gm, '');
}

/** Words in lines of at most `width` characters. */
export function wrap(text: string, width = 100): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
