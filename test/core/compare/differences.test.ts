import assert from 'node:assert/strict';
import { differences } from '../../../core/compare/differences.js';
import { markdownTable } from '../../../core/compare/table.js';

describe('differences', () => {
  it('names the place as the YAML would, in objects and lists of objects', () => {
    const a = { encoders: { e5: { precision: 'float16', block: 2 } }, arms: [{ id: 'x' }, { alpha: [0.1] }] };
    const b = { encoders: { e5: { precision: 'float32', block: 2 } }, arms: [{ id: 'x' }, { alpha: [0.2] }] };
    assert.deepEqual(differences(a, b), [
      { path: 'encoders.e5.precision', a: 'float16', b: 'float32' },
      { path: 'arms[1].alpha', a: [0.1], b: [0.2] },
    ]);
  });

  it('compares lists of plain values whole', () => {
    assert.deepEqual(differences({ l: ['ar', 'ru'] }, { l: ['ar'] }), [
      { path: 'l', a: ['ar', 'ru'], b: ['ar'] },
    ]);
  });

  it('tells what only one has', () => {
    assert.deepEqual(differences({ a: 1, s: null }, { b: false, s: null }), [
      { path: 'a', a: 1 },
      { path: 'b', b: false },
    ]);
    assert.deepEqual(differences({ arms: [{ id: 1 }] }, { arms: [{ id: 1 }, { id: 2 }] }), [
      { path: 'arms[1]', b: { id: 2 } },
    ]);
  });

  it('finds none in equal values, whatever the order of their keys', () => {
    assert.deepEqual(differences({ a: 1, b: { c: [1, { d: 2 }] } }, { b: { c: [1, { d: 2 }] }, a: 1 }), []);
    assert.deepEqual(differences([], []), []);
  });

  it('are shown in tables whose cells cannot break them', () => {
    assert.equal(
      markdownTable(['x', 'of'], [['a|b', 'two\nlines']]),
      '| x    | of        |\n| ---- | --------- |\n| a\\|b | two lines |',
    );
  });
});
