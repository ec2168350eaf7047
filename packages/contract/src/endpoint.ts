// How an endpoint is declared: method, path, and who may call it, said once and enforced by the server from here.
import { oc } from '@orpc/contract';
import type { Permission } from './permissions.ts';

/** What the server needs to know of an endpoint beside its route. Exactly one of `permission`, `signedIn` and `public` is set. */
export type EndpointMeta = {
  /** Needed in the organization or, where the path names a workspace, in that workspace. */
  permission?: Permission;
  /** Any valid credential of a person will do: it concerns only the caller's own account. */
  signedIn?: true;
  public?: true;
  /** Mounted at the root instead of under /v1 and /api/v1. */
  root?: true;
  /** Further paths that reach the same endpoint. */
  also?: string[];
  /** The protocol of somebody else, served by a plain route in that module; here for OpenAPI and the sweeps. */
  protocol?: 'openai' | 'anthropic' | 'text';
  /** May answer with server-sent events; an Idempotency-Key says nothing there. */
  streams?: true;
  /** What a download (`protocol: 'text'`) is, when it is not lines of JSON. */
  media?: string;
  /** Largest body taken, in bytes. */
  bodyLimit?: number;
  /** Takes multipart/form-data with one file too, whose other fields are those of the input. */
  file?: true;
};

/** Whether an endpoint speaks the protocol of a model provider. */
export function isSurface({ protocol }: EndpointMeta): boolean {
  return protocol === 'openai' || protocol === 'anthropic';
}

type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  summary: string;
  tag: string;
  status?: number;
};

/** Starts an endpoint: `endpoint({ method, path, summary, tag }, { permission }).input(…).output(…)`. */
export function endpoint(route: Route, meta: EndpointMeta) {
  return oc
    .$meta<EndpointMeta>({})
    .meta(meta)
    .route({
      method: route.method,
      path: route.path,
      summary: route.summary,
      tags: [route.tag],
      ...(route.status ? { successStatus: route.status } : {}),
    });
}
