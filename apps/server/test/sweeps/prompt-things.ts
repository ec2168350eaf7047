// One of everything that the module of prompts makes, for the sweeps and the proof of isolation.

/** Ids of prompts and of what is made of them. */
export type PromptThings = {
  prompt_id: string;
  removed_prompt_id: string;
  enhancement_prompt_id: string;
  enhancement_id: string;
  comparison_id: string;
  playground_share_id: string;
  dataset_id: string;
  gate_dataset_id: string;
  job_id: string;
  scheduled_job_id: string;
  evaluation_id: string;
};

const author = 'author_kind, author_id, author_name';
const by = "'member', id, mark";

const prompt = (more: { removed?: boolean; enhancement?: boolean }) => `, made as (
    insert into prompts (organization_id, id, workspace_id, name, title, description, category, tags, is_enhancement_prompt,
      ${author}, latest_number, found_by, removed_at)
    select o, id, w, left(mark, 40) || id, mark, mark, mark, array[mark], ${more.enhancement ?? false}, ${by}, 1, mark,
      ${more.removed ? 'now()' : 'null'} from given
  ), version as (
    insert into prompt_versions (organization_id, prompt_id, number, workspace_id, content, variables, settings, note, ${author})
    select o, id, 1, w, to_jsonb(mark), '[]', '{"provider": null, "model": null, "parameters": {}}', mark, ${by} from given
  )
  insert into prompt_labels (organization_id, prompt_id, label, workspace_id, number, moved_by)
  select o, id, 'production', w, 1, mark from given`;

const job = (state: string, purpose = 'job') => `, made as (
    insert into jobs (organization_id, id, workspace_id, name, purpose, mode, state, template, concurrency, attempts_max, actor_kind,
      actor_id, actor_name, next_at)
    select o, id, w, mark, '${purpose}', 'batch', '${state}',
      jsonb_build_object('content', mark, 'variables', '[]'::jsonb, 'settings', '{"provider": null, "model": null, "parameters": {}}'::jsonb),
      1, 1, 'member', id, mark, ${state === 'scheduled' ? "now() + interval '1 year'" : 'null'} from given
  )
  insert into job_rows (organization_id, job_id, number, workspace_id, context, state, answer, error, error_code)
  select o, id, 1, w, '{}', '${state === 'scheduled' ? 'waiting' : 'failed'}', mark, mark, mark from given`;

const dataset = (kind: string) => `, made as (
    insert into datasets (organization_id, id, workspace_id, name, description, assertions, row_count, next_number)
    select o, id, w, left(mark, 40) || id, mark || '${kind}', '[]', 1, 2 from given
  )
  insert into dataset_rows (organization_id, dataset_id, number, workspace_id, inputs, expected, assertions)
  select o, id, 1, w, '{}', mark, '[]' from given`;

/** The insertions by noun, in the order they have to be made. */
export const promptInsertions: Record<keyof PromptThings, string> = {
  prompt_id: prompt({}),
  removed_prompt_id: prompt({ removed: true }),
  enhancement_prompt_id: prompt({ enhancement: true }),
  enhancement_id: `
    insert into enhancements (organization_id, id, workspace_id, prompt_id, base_number, content, instructions, suggestion,
      explanation, model, call_id, ${author})
    select o, given.id, w, p.id, 1, to_jsonb(mark), mark, to_jsonb(mark), mark, mark, given.id, 'member', given.id, mark
    from given join prompts p on p.organization_id = o and p.workspace_id = w and p.title = mark and p.removed_at is null limit 1`,
  comparison_id: `, made as (
      insert into comparisons (organization_id, id, workspace_id, title, content, "values", ${author})
      select o, id, w, mark, to_jsonb(mark), '{}', ${by} from given
    )
    insert into comparison_answers (organization_id, comparison_id, position, workspace_id, settings, state, answer, call_id)
    select o, id, 1, w, '{"provider": null, "model": null, "parameters": {}}', 'succeeded', mark, id from given`,
  playground_share_id: `
    insert into playground_shares (organization_id, id, workspace_id, title, state, ${author})
    select o, id, w, mark, jsonb_build_object('text', mark), ${by} from given`,
  dataset_id: dataset(''),
  gate_dataset_id: dataset('-gate'),
  job_id: job('failed'),
  scheduled_job_id: job('scheduled'),
  evaluation_id: job('failed', 'evaluation'),
};

/** What hangs on several of them: the evaluation of a version, a gate, own settings, a vote. */
export const promptExtras: string[] = [
  `insert into evaluations (organization_id, id, workspace_id, prompt_id, number, dataset_id, assertions)
   select o, j.id, w, p.id, 1, d.id, '[]' from given
   join jobs j on j.organization_id = o and j.workspace_id = w and j.name = mark and j.purpose = 'evaluation'
   join prompts p on p.organization_id = o and p.workspace_id = w and p.title = mark and p.removed_at is null
   join datasets d on d.organization_id = o and d.workspace_id = w and d.description = mark limit 1
   on conflict do nothing`,
  `insert into prompt_gates (organization_id, prompt_id, label, workspace_id, dataset_id, minimum_pass_rate)
   select o, p.id, 'production', w, d.id, 1 from given
   join prompts p on p.organization_id = o and p.workspace_id = w and p.title = mark and p.removed_at is null
   join datasets d on d.organization_id = o and d.workspace_id = w and d.description = mark || '-gate' on conflict do nothing`,
  `insert into ai_settings (organization_id, workspace_id, actor_id, settings)
   select o, w, id, jsonb_build_object('text', mark) from given on conflict do nothing`,
  `insert into comparison_votes (organization_id, comparison_id, voter_id, workspace_id, position, note)
   select o, c.id, given.id, w, 1, mark from given
   join comparisons c on c.organization_id = o and c.workspace_id = w and c.title = mark on conflict do nothing`,
];
