// The thread of the noisy organization: it sends for a while and tells how that went.
import { parentPort, workerData } from 'node:worker_threads';
import { type Steady, sendSteadily } from './send-steadily.ts';

const { sent, refused } = await sendSteadily(workerData as Steady);
parentPort?.postMessage({ sent, refused });
process.exit();
