// How likely a text tries to take over the model: logistic regression over the local embedding and the signs of
// measure-injection.ts.
import { injectionWeights } from './injection-weights.ts';
import { measureInjection } from './measure-injection.ts';

/** What the regression sees of a text: its vector (length one), then its signs. */
export function joinMeasures(text: string, vector: Float32Array): Float64Array {
  return Float64Array.from([...vector, ...measureInjection(text)]);
}

/** A probability between 0 and 1. */
export function scoreInjection(text: string, vector: Float32Array): number {
  const { bias, weights } = injectionWeights;
  const measures = joinMeasures(text, vector);
  let sum = bias;
  for (let i = 0; i < measures.length; i++) sum += weights[i]! * measures[i]!;
  return 1 / (1 + Math.exp(-sum));
}
