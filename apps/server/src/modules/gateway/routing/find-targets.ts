// Which provider a model's name means: the credential that lists it, a provider named in front of it (`groq/…`), or the
// provider whose models are named like that. The first target is called; the order is the order of fallback.
import { EXTRACTIVE, findBuiltIn } from '../built-in/find-built-in.ts';
import { pathOf, relayPath, speaks } from '../providers/connect-provider.ts';
import type { Target } from '../relay/index.ts';
import { type Surface, wires } from '../wires/index.ts';
import type { Route, Routes } from './load-routes.ts';

const REMEMBERED_MAX = 500;

/** The targets for a model, best first; empty when no credential offers it. */
export function findTargets(routes: Routes, model: string, surface: Surface): Target[] {
  const key = `${surface} ${model}`;
  const known = routes.byModel.get(key);
  if (known) return known;
  const builtIn = findBuiltIn(model, surface);
  if (builtIn.length > 0) return builtIn;
  const able =
    surface === 'embeddings'
      ? routes.routes.filter((route) => route.provider.embeddings !== 'none')
      : routes.routes;
  const targets = matchRoutes(able, model).map((match) => targetOf(match, surface));
  // A caller's invented names must not fill the memory: then only names that lead somewhere are remembered, up to a bound.
  if (targets.length > 0 && routes.byModel.size < REMEMBERED_MAX) routes.byModel.set(key, targets);
  return targets;
}

type Match = { route: Route; upstreamModel: string };

function matchRoutes(routes: Route[], model: string): Match[] {
  const listed = routes
    .filter((route) => route.models?.has(model))
    .map((route) => ({ route, upstreamModel: model }));
  if (listed.length > 0) return listed;
  const slash = model.indexOf('/');
  if (slash > 0) {
    const [prefix, rest] = [model.slice(0, slash), model.slice(slash + 1)];
    const named = routes.filter(
      (route) => (route.provider.id === prefix || route.name === prefix) && (route.models?.has(rest) ?? true),
    );
    if (named.length > 0 && rest !== '') return named.map((route) => ({ route, upstreamModel: rest }));
  }
  const alike = routes.filter((route) => route.provider.modelPattern?.test(model) && route.models === null);
  const open = routes.filter((route) => route.models === null && !route.provider.modelPattern);
  return [...alike, ...open].map((route) => ({ route, upstreamModel: model }));
}

function targetOf({ route, upstreamModel }: Match, surface: Surface): Target {
  return {
    provider: route.provider.id,
    credential_id: route.credentialId,
    origin: route.origin,
    path: relayPath(route.connection, wires[surface].path, upstreamModel),
    base_path: pathOf(route.connection.baseUrl),
    headers: route.headers,
    dialect: route.provider.dialect,
    is_translated: !speaks(route.connection, surface),
    connection: route.connection,
    upstream_model: upstreamModel,
    priced_as: { provider: route.provider.id, model: upstreamModel },
    streams_usage: route.provider.asksUsage,
  };
}

/** Every model that the routes list, with the provider that would be called, and every model route, sorted by name; the built-in one where there is no other. */
export function listModels(routes: Routes): { id: string; owned_by: string }[] {
  const owners = new Map<string, string>();
  for (const name of routes.aliases.keys()) owners.set(name, 'insula');
  for (const route of routes.routes)
    for (const model of route.models ?? []) if (!owners.has(model)) owners.set(model, route.provider.id);
  if (owners.size === 0) owners.set(EXTRACTIVE, 'insula');
  return [...owners].map(([id, owned_by]) => ({ id, owned_by })).sort((a, b) => (a.id < b.id ? -1 : 1));
}
