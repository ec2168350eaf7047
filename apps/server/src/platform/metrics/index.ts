// The menu of figures: made once a server, counted everywhere, read at `/metrics`.
export { addMetrics } from './add-metrics.ts';
export { type Count, createMetrics, type Metrics, type Timing } from './create-metrics.ts';
