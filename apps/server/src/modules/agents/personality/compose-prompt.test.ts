import { readFileSync } from 'node:fs';
import { type Personality, toneScales } from '@insula/contract/personality';
import { describe, expect, it } from 'vitest';
import { composePrompt } from './compose-prompt.ts';
import { findToneSentence, toneSentences } from './find-tone-sentence.ts';

const middle = Object.fromEntries(toneScales.map((scale) => [scale, 50]));
const compose = (personality: Personality) =>
  composePrompt({ name: 'Bot', system_prompt: 'You help.', personality });
const sentencesOf = (personality: Personality) => compose(personality).parts.map(({ text }) => text);

describe('the system prompt of an agent', () => {
  it('is its own instructions alone when nothing else is set', () => {
    expect(compose({}).system_prompt).toBe('You help.');
    expect(compose({ tone: middle }).system_prompt).toBe('You help.');
    expect(composePrompt({ name: 'Bot', system_prompt: ' ', personality: {} }).system_prompt).toBe(
      'You are Bot, a helpful assistant.',
    );
  });

  it.each(toneScales)('says one sentence more for %s, in its own place, and changes no other', (scale) => {
    const others = Object.fromEntries(toneScales.map((one) => [one, 90]));
    const without = sentencesOf({ tone: { ...others, [scale]: 50 } });
    for (const value of [0, 20, 21, 40, 61, 80, 81, 100]) {
      const parts = compose({ tone: { ...others, [scale]: value } }).parts;
      const own = parts.filter(({ field }) => field === `tone.${scale}`);
      expect(own).toHaveLength(1);
      expect(parts.filter(({ field }) => field !== `tone.${scale}`).map(({ text }) => text)).toEqual(without);
    }
  });

  it.each(toneScales)('goes through the five bands of %s in order, never back', (scale) => {
    const said: (string | undefined)[] = [];
    for (let value = 0; value <= 100; value++) {
      const sentence = findToneSentence(scale, value);
      if (value === 0 || said.at(-1) !== sentence) said.push(sentence);
    }
    const [lowest, low, high, highest] = toneSentences[scale];
    expect(said).toEqual([lowest, low, undefined, high, highest]);
  });

  it('has a different sentence for each field and value', () => {
    const all = Object.values(toneSentences).flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it('puts each further field into a sentence of its own, and says which', () => {
    const { parts, system_prompt, greeting } = compose({
      name: 'Vesta',
      communication: { verbosity: 'brief', technical_level: 'expert', language: 'German' },
      expertise: [
        { area: 'roofs', level: 'expert' },
        { area: 'law', level: 'familiar' },
      ],
      response_style: { examples: true, sources: false, format: 'plain' },
      behaviors: { admits_gaps: true, stays_on_topic: false },
      avatar: { symbol: 'V' },
      voice: { voice: 'alloy' },
      custom_prompts: { system: 'Last words.', greeting: 'Salve!' },
    });
    expect(parts.map(({ field }) => field)).toEqual([
      'system_prompt',
      'name',
      'communication.verbosity',
      'communication.technical_level',
      'communication.language',
      'expertise',
      'response_style.examples',
      'response_style.sources',
      'response_style.format',
      'behaviors.admits_gaps',
      'custom_prompts.system',
    ]);
    expect(system_prompt).toContain('You are an expert in roofs; familiar with law.');
    expect(system_prompt.endsWith('\n\nLast words.')).toBe(true);
    expect(greeting).toBe('Salve!');
  });

  it('is documented sentence by sentence', () => {
    const guide = readFileSync(new URL('../../../../../../docs/guides/agents.md', import.meta.url), 'utf8');
    for (const sentence of Object.values(toneSentences).flat()) expect(guide).toContain(sentence);
  });
});
