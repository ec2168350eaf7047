-- What in the house made a call: its purpose (`job`, `agent` …), the thing it was made by, the run of it, and the step of the
-- run. Null for calls from outside. The functions are those of 0003 with these four columns.
alter table ledger.entries
  add column purpose text,
  add column subject_id uuid,
  add column run_id uuid,
  add column step int check (step >= 0);
-- What a run has cost, and whether a call of it was settled before a server died.
create index entries_by_run on ledger.entries (organization_id, run_id) where run_id is not null and phase > 0;
create or replace view ledger.calls with (security_invoker = true) as select * from ledger.entries where phase > 0;

create or replace function ledger.intend(batch json) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  asks ledger.budget_ask[];
  ask ledger.budget_ask;
  call record;
  period record;
  place text;
  taken jsonb := '{}';
  spent jsonb := '{}';
  lack jsonb;
  lacks jsonb := '[]';
  refused bigint[] := '{}';
begin
  asks := array(
    select (e.n, e.organization_id, e.id, e.attempt, b.budget_id, b.period_start, b.workspace_id, b.limit_micros, b.micros,
      b.warn_micros)::ledger.budget_ask
    from rows from (json_to_recordset(batch) as (organization_id uuid, id uuid, attempt smallint, budgets json))
        with ordinality as e (organization_id, id, attempt, budgets, n),
      json_to_recordset(e.budgets) as b (budget_id uuid, period_start timestamptz, workspace_id uuid, limit_micros bigint,
        micros bigint, warn_micros bigint[]));

  insert into ledger.budget_periods (organization_id, budget_id, period_start, workspace_id)
  select distinct a.organization_id, a.budget_id, a.period_start, a.workspace_id from unnest(asks) a order by 1, 2, 3
  on conflict do nothing;

  for period in
    select p.budget_id, p.period_start, p.spent_micros, p.reserved_micros from ledger.budget_periods p
    where (p.organization_id, p.budget_id, p.period_start)
      in (select a.organization_id, a.budget_id, a.period_start from unnest(asks) a)
    order by p.organization_id, p.budget_id, p.period_start for update
  loop
    place := period.budget_id || ' ' || period.period_start;
    taken := taken || jsonb_build_object(place, period.spent_micros + period.reserved_micros);
    spent := spent || jsonb_build_object(place, period.spent_micros);
  end loop;

  for call in select a.n, array_agg(a) as asks from unnest(asks) a group by a.n order by a.n loop
    lack := null;
    foreach ask in array call.asks loop
      place := ask.budget_id || ' ' || ask.period_start;
      -- What costs nothing always fits. Of several budgets the one is told that waiting would not help.
      if ask.micros > 0 and (taken ->> place)::bigint + ask.micros > ask.limit_micros
        and (lack is null or (spent ->> place)::bigint + ask.micros > ask.limit_micros)
      then
        lack := jsonb_build_object('n', call.n, 'budget_id', ask.budget_id, 'limit_micros', ask.limit_micros,
          'spent_micros', spent -> place, 'micros', ask.micros);
      end if;
    end loop;
    if lack is not null then
      lacks := lacks || lack;
      refused := refused || call.n;
      continue;
    end if;
    foreach ask in array call.asks loop
      place := ask.budget_id || ' ' || ask.period_start;
      taken := jsonb_set(taken, array[place], to_jsonb((taken ->> place)::bigint + ask.micros));
    end loop;
  end loop;

  insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
    surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
    reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
    route_id, variant, failure, cache, purpose, subject_id, run_id, step)
  select at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
    surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
    reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
    route_id, variant, failure, cache, purpose, subject_id, run_id, step
  from rows from (json_to_recordset(batch) as (at timestamptz, id uuid, attempt int2, phase int2, organization_id uuid,
    workspace_id uuid, actor_kind text, actor_id uuid, replica_id uuid, surface text, provider text, credential_id uuid,
    requested_model text, upstream_model text, input_tokens int4, cached_input_tokens int4, output_tokens int4,
    reasoning_tokens int4, cost_micros int8, currency text, price_version int4, usage_source text, status int2,
    streamed bool, latency_ms int4, first_byte_ms int4, route_id uuid, variant text, failure text, cache text,
    purpose text, subject_id uuid, run_id uuid, step int4)) with ordinality as r
  where r.ordinality <> all (refused);

  insert into ledger.budget_reservations (organization_id, id, attempt, budget_id, period_start, micros)
  select a.organization_id, a.id, a.attempt, a.budget_id, a.period_start, a.micros from unnest(asks) a
  where a.n <> all (refused);

  update ledger.budget_periods p set reserved_micros = p.reserved_micros + s.micros, warn_micros = s.warn_micros
  from (select a.organization_id, a.budget_id, a.period_start, sum(a.micros) as micros, max(a.warn_micros) as warn_micros
    from unnest(asks) a where a.n <> all (refused) group by 1, 2, 3) s
  where p.organization_id = s.organization_id and p.budget_id = s.budget_id and p.period_start = s.period_start;
  return lacks;
end $$;

create or replace function ledger.settle(batch json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changes ledger.budget_change[];
begin
  with settled as (
    insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
      surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
      reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
      route_id, variant, failure, cache, purpose, subject_id, run_id, step)
    select at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
      surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
      reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
      route_id, variant, failure, cache, purpose, subject_id, run_id, step
    from json_to_recordset(batch) as r (at timestamptz, id uuid, attempt int2, phase int2, organization_id uuid,
      workspace_id uuid, actor_kind text, actor_id uuid, replica_id uuid, surface text, provider text, credential_id uuid,
      requested_model text, upstream_model text, input_tokens int4, cached_input_tokens int4, output_tokens int4,
      reasoning_tokens int4, cost_micros int8, currency text, price_version int4, usage_source text, status int2,
      streamed bool, latency_ms int4, first_byte_ms int4, route_id uuid, variant text, failure text, cache text,
    purpose text, subject_id uuid, run_id uuid, step int4)
    order by organization_id, at, id, attempt
    on conflict do nothing returning organization_id, id, attempt, cost_micros
  ), released as (
    delete from ledger.budget_reservations r using settled s
    where r.organization_id = s.organization_id and r.id = s.id and r.attempt = s.attempt
    returning r.organization_id, r.budget_id, r.period_start, r.micros, coalesce(s.cost_micros, r.micros) as cost
  )
  select array_agg((organization_id, budget_id, period_start, micros, cost)::ledger.budget_change) into changes from released;
  if changes is not null then perform ledger.change_budgets(changes); end if;
end $$;

create or replace function ledger.sweep_orphans(live uuid[], longest_call interval) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  from_then timestamptz;
  overdue timestamptz := clock_timestamp() - longest_call;
  swept int;
  changes ledger.budget_change[];
begin
  if longest_call < interval '1 second' then
    raise exception 'longest_call is at least one second' using errcode = 'invalid_parameter_value';
  end if;
  select settled_until into from_then from ledger.sweeps for update skip locked;
  if not found then return 0; end if;

  with settled as (
    insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
      surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
      reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
      route_id, variant, failure, cache, purpose, subject_id, run_id, step)
    select i.at, i.id, i.attempt, 2, i.organization_id, i.workspace_id, i.actor_kind, i.actor_id, i.replica_id,
      i.surface, i.provider, i.credential_id, i.requested_model, i.upstream_model, i.input_tokens, i.cached_input_tokens,
      i.output_tokens, i.reasoning_tokens, i.cost_micros, i.currency, i.price_version, 'estimated', null, i.streamed, null, null,
      i.route_id, i.variant, null, null, i.purpose, i.subject_id, i.run_id, i.step
    from ledger.entries i
    where i.phase = 0 and i.recorded_at >= from_then
      and (i.recorded_at < overdue or i.replica_id <> all (coalesce(live, '{}') || array(
        select r.id from platform.replicas r where r.heartbeat_at > clock_timestamp() - interval '15 seconds')))
      and not exists (select from ledger.entries s
        where s.at = i.at and s.id = i.id and s.attempt = i.attempt and s.phase > 0)
    order by i.organization_id, i.at, i.id, i.attempt
    on conflict do nothing returning organization_id, id, attempt, cost_micros
  ), released as (
    delete from ledger.budget_reservations r using settled s
    where r.organization_id = s.organization_id and r.id = s.id and r.attempt = s.attempt
    returning r.organization_id, r.budget_id, r.period_start, r.micros, coalesce(s.cost_micros, r.micros) as cost
  )
  select (select count(*) from settled),
    (select array_agg((organization_id, budget_id, period_start, micros, cost)::ledger.budget_change) from released)
  into swept, changes;
  if changes is not null then perform ledger.change_budgets(changes); end if;

  -- A minute's margin for intents whose transaction began before that moment and is still to commit.
  update ledger.sweeps set settled_until = greatest(settled_until, overdue - interval '1 minute');
  return swept;
end $$;
