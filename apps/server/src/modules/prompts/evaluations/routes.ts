// Endpoint → verb, for datasets, evaluations and gates.
import type { datasets, evaluations, promptGates } from '@insula/contract/evaluations';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import {
  addDatasetRows,
  changeDataset,
  createDataset,
  removeDataset,
  removeDatasetRow,
} from '../datasets/change-dataset.ts';
import { getDataset, listDatasetRows, listDatasets } from '../datasets/list-datasets.ts';
import type { JobsDeps } from '../jobs/create-job.ts';
import { createEvaluation } from './create-evaluation.ts';
import { getEvaluation, listEvaluations, listResults } from './list-evaluations.ts';
import { listGates, removeGate, setGate } from './pass-gate.ts';

type EvaluationRoutes = RoutesOf<{
  datasets: typeof datasets;
  evaluations: typeof evaluations;
  promptGates: typeof promptGates;
}>;

/** The endpoints of evaluations. */
export function evaluationRoutes(deps: JobsDeps): EvaluationRoutes {
  return {
    datasets: {
      list: (call, input) => listDatasets(deps, call.actor, input),
      create: (call, input) => createDataset(deps, call.actor, input),
      get: (call, input) => getDataset(deps, call.actor, input),
      change: (call, input) => changeDataset(deps, call.actor, input),
      remove: (call, input) => removeDataset(deps, call.actor, input),
      listRows: (call, input) => listDatasetRows(deps, call.actor, input),
      addRows: (call, input) => addDatasetRows(deps, call.actor, input),
      removeRow: (call, input) => removeDatasetRow(deps, call.actor, input),
    },
    evaluations: {
      list: (call, input) => listEvaluations(deps, call.actor, input),
      create: (call, input) => createEvaluation(deps, call.actor, input),
      get: (call, input) => getEvaluation(deps, call.actor, input),
      listResults: (call, input) => listResults(deps, call.actor, input),
    },
    promptGates: {
      list: (call, input) => listGates(deps, call.actor, input),
      put: (call, input) => setGate(deps, call.actor, input),
      remove: (call, input) => removeGate(deps, call.actor, input),
    },
  };
}
