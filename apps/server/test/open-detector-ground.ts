// What benchmarks and proofs need of the detectors and the local embeddings, without a server around them.
import {
  findCards,
  findEmails,
  findIbans,
  findIps,
  findNationalIds,
  findPassports,
  findPhones,
  findSecrets,
  findSsns,
  type Match,
  withoutOverlaps,
} from '../src/platform/detectors/index.ts';
import { createEmbeddings } from '../src/platform/embeddings/index.ts';

export { joinMeasures } from '../src/platform/detectors/index.ts';

/** Where training writes the weights of the prompt-injection rule. */
export const injectionWeightsFile: URL = new URL(
  '../src/platform/detectors/injection-weights.ts',
  import.meta.url,
);

/** Everything personal and secret in a text that is at least as sure as `threshold`, as the rule of a policy finds it. */
export function findPersonal(text: string, regions: readonly string[], threshold: number): Match[] {
  const finders = [
    findEmails,
    findCards,
    findIbans,
    findSsns,
    findPassports,
    findNationalIds,
    findIps,
    findSecrets,
  ];
  const found = [...finders.flatMap((find) => find(text)), ...findPhones(text, regions)];
  return withoutOverlaps(found.filter((match) => match.score >= threshold));
}

/** Vectors of the texts, computed in one thread, and how many of them a second. */
export async function embedTexts(
  texts: readonly string[],
  folder: string,
): Promise<{ vectors: Float32Array[]; textsPerSecond: number }> {
  const embeddings = createEmbeddings({ folder, threads: 1 });
  await embeddings.embed(['warm']);
  const start = performance.now();
  const vectors = await embeddings.embed(texts);
  const textsPerSecond = (1_000 * texts.length) / (performance.now() - start);
  await embeddings.stop();
  return { vectors, textsPerSecond };
}
