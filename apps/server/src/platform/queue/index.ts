// Work in the background: tenants tell of it in their own transactions, workers take turns over tenants.
export {
  createQueue,
  type Queue,
  type QueueOptions,
  type SliceOutcome,
  type Worker,
} from './create-queue.ts';
