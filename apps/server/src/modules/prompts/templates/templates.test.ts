// Templates are strict: what is missing, unknown or of the wrong kind is named, and a value is inserted once.
import { describe, expect, test } from 'vitest';
import { readTemplate } from './read-template.ts';
import { renderTemplate } from './render-template.ts';
import type { Content, Variable } from './template.ts';

const declare = (more: Partial<Variable> & { name: string }): Variable => ({
  type: 'text',
  description: '',
  required: true,
  default: null,
  choices: [],
  max_length: null,
  ...more,
});
const read = (content: Content, ...variables: Variable[]) => readTemplate({ content, variables });
const render = (content: Content, values: Record<string, unknown>, ...variables: Variable[]) =>
  renderTemplate(read(content, ...variables), values)
    .map((message) => message.content)
    .join('|');

describe('a template', () => {
  test('declares what it uses: a placeholder that is not declared is a required text', () => {
    expect(read('{{a}} {{ b }} {{a}}', declare({ name: 'b', type: 'number' })).variables).toEqual([
      declare({ name: 'b', type: 'number' }),
      declare({ name: 'a' }),
    ]);
  });

  test('is refused when a declaration cannot be filled in', () => {
    expect(() => read('{{a}}', declare({ name: 'a', type: 'choice' }))).toThrow(/choices/);
    expect(() => read('{{a}}', declare({ name: 'a', type: 'number', default: 'one' }))).toThrow(/default/);
    expect(() => read('{{a}}', declare({ name: 'a', type: 'choice', choices: ['x'], default: 'y' }))).toThrow(
      /default/,
    );
    expect(() => read('{{a}}', declare({ name: 'a', type: 'json', default: '{' }))).toThrow(/not JSON/);
  });

  test('becomes messages with the values in it', () => {
    const messages = [
      { role: 'system' as const, content: 'Speak {{language}}.' },
      { role: 'user' as const, content: '{{question}}' },
    ];
    expect(render(messages, { language: 'Latin', question: 'Quid est?' })).toBe('Speak Latin.|Quid est?');
    const all = [
      declare({ name: 'n', type: 'number' }),
      declare({ name: 'b', type: 'boolean' }),
      declare({ name: 'j', type: 'json' }),
      declare({ name: 'c', type: 'choice', choices: ['x', 'y'] }),
    ];
    expect(render('{{n}} {{b}} {{j}} {{c}}', { n: 1.5, b: false, j: { a: [1] }, c: 'y' }, ...all)).toBe(
      '1.5 false {"a":[1]} y',
    );
  });

  test('takes the default where nothing is given, and nothing where nothing is required', () => {
    expect(render('{{a}}', {}, declare({ name: 'a', default: 'x' }))).toBe('x');
    expect(render('[{{a}}]', { a: null }, declare({ name: 'a', required: false }))).toBe('[]');
  });

  test('names everything that is missing, unknown or of the wrong kind', () => {
    const variables = [declare({ name: 'n', type: 'number' }), declare({ name: 't', max_length: 3 })];
    const wrong = () => render('{{n}} {{t}} {{u}}', { n: '1', t: 'long', v: 1 }, ...variables);
    expect(wrong).toThrow(/no variable "v".*"n" is not a number.*"t" is longer than 3.*"u" is missing/);
    expect(() => render('{{constructor}}', {})).toThrow(/"constructor" is missing/);
  });

  test('never expands a value, and leaves what is no placeholder alone', () => {
    expect(render('{{a}} {{b}}', { a: '{{b}} $& $1', b: 'B' })).toBe('{{b}} $& $1 B');
    expect(render('\\{{a}} {{"x": 1}} {a} {{1a}}', {})).toBe('{{a}} {{"x": 1}} {a} {{1a}}');
  });
});
