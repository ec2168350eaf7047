// `print-openapi`: writes the description of the API to standard output; docs/openapi.json is its committed copy.
import { contract } from '@insula/contract';
import { buildOpenApi } from '../platform/http/build-openapi.ts';

/** Prints the document; needs no database and no configuration. */
export async function printOpenapi(): Promise<void> {
  process.stdout.write(`${JSON.stringify(await buildOpenApi(contract), null, 2)}\n`);
}
