import { describe, expect, test } from 'vitest';
import { findProvider } from '../providers/provider-list.ts';
import { findTargets, listModels } from './find-targets.ts';
import type { Route, Routes } from './load-routes.ts';

function route(provider: string, models: string[] | null, name = provider): Route {
  const credentialId = `id of ${name}`;
  const baseUrl = 'https://provider.example/v1';
  const found = findProvider(provider)!;
  return {
    credentialId,
    provider: found,
    name,
    origin: new URL(baseUrl).origin,
    headers: {},
    connection: { credentialId, provider: found, baseUrl, secrets: {}, settings: {} },
    models: models && new Set(models),
  };
}
const routesOf = (...routes: Route[]): Routes => ({ routes, byModel: new Map(), aliases: new Map() });
const chosen = (routes: Routes, model: string) =>
  findTargets(routes, model, 'chat.completions').map((t) => `${t.credential_id} ${t.upstream_model}`);

describe('a model means', () => {
  test('the first credential that lists it, the others behind it', () => {
    const routes = routesOf(route('groq', ['llama']), route('ollama', ['llama', 'qwen']));
    expect(chosen(routes, 'llama')).toEqual(['id of groq llama', 'id of ollama llama']);
    expect(chosen(routes, 'qwen')).toEqual(['id of ollama qwen']);
  });

  test('the provider or credential named in front of it, without that name', () => {
    const routes = routesOf(route('groq', ['llama']), route('ollama', ['llama'], 'my box'));
    expect(chosen(routes, 'ollama/llama')).toEqual(['id of my box llama']);
    expect(chosen(routes, 'my box/llama')).toEqual(['id of my box llama']);
    expect(chosen(routes, 'groq/other')).toEqual([]);
  });

  test('itself where a provider lists it with a slash', () => {
    expect(chosen(routesOf(route('openrouter', ['openai/gpt-4o'])), 'openai/gpt-4o')).toEqual([
      'id of openrouter openai/gpt-4o',
    ]);
  });

  test('the provider whose models are named like that, when its list is not known', () => {
    const routes = routesOf(route('mistral', null), route('openai', null));
    expect(chosen(routes, 'gpt-4o')).toEqual(['id of openai gpt-4o']);
    expect(chosen(routes, 'mistral-small-latest')).toEqual(['id of mistral mistral-small-latest']);
    expect(chosen(routes, 'llama')).toEqual([]);
  });

  test('anything, at an endpoint of which nothing is known', () => {
    expect(chosen(routesOf(route('custom', null)), 'whatever')).toEqual(['id of custom whatever']);
  });
});

test('invented names are not remembered', () => {
  const routes = routesOf(route('groq', ['llama']));
  for (let i = 0; i < 1_000; i++) findTargets(routes, `invented ${i}`, 'chat.completions');
  expect(routes.byModel.size).toBe(0);
});

test('models are listed once, by the credential that would serve them', () => {
  expect(listModels(routesOf(route('groq', ['b']), route('ollama', ['b', 'a'])))).toEqual([
    { id: 'a', owned_by: 'ollama' },
    { id: 'b', owned_by: 'groq' },
  ]);
});
