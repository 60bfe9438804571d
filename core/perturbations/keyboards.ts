/** Rows of letter keys, each shifted by half a key against the one above, as on most keyboards. */
type Layout = readonly [string, string, string];

const QWERTY: Layout = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const QWERTZ: Layout = ['qwertzuiopü', 'asdfghjklöä', 'yxcvbnm'];
const AZERTY: Layout = ['azertyuiop', 'qsdfghjklm', 'wxcvbn'];
const NORDIC: Layout = ['qwertyuiopå', 'asdfghjklöä', 'zxcvbnm'];
const SPANISH: Layout = ['qwertyuiop', 'asdfghjklñ', 'zxcvbnm'];
const RUSSIAN: Layout = ['йцукенгшщзхъ', 'фывапролджэ', 'ячсмитьбю'];

/** By language; other languages in Latin script are typed on QWERTY. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  de: QWERTZ,
  es: SPANISH,
  fi: NORDIC,
  fr: AZERTY,
  ru: RUSSIAN,
  sv: NORDIC,
};

const neighbours = new Map<Layout, ReadonlyMap<string, readonly string[]>>();

/**
 * The letters on the keys around a letter's, for the keyboard that the language is typed on.
 * @param letter lower case
 * @param lang language code; what follows its first `-` does not matter
 * @returns empty when the keyboard has no such letter, as for scripts without a layout here
 */
export function keyNeighbours(letter: string, lang: string): readonly string[] {
  const layout = LAYOUTS[lang.split('-')[0] ?? ''] ?? QWERTY;
  let known = neighbours.get(layout);
  if (known === undefined) {
    known = neighboursOf(layout);
    neighbours.set(layout, known);
  }
  return known.get(letter) ?? [];
}

function neighboursOf(layout: Layout): Map<string, string[]> {
  const keys = layout.flatMap((row, y) => [...row].map((letter, i) => ({ letter, y, x: i + y / 2 })));
  return new Map(
    keys.map(({ letter, x, y }) => [
      letter,
      keys
        .filter(
          (other) => other.letter !== letter && Math.abs(other.y - y) <= 1 && Math.abs(other.x - x) <= 1,
        )
        .map((other) => other.letter),
    ]),
  );
}
