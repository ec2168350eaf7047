-- Money budgets, the part that must be hard: what was spent and what is reserved, in the database of the ledger, so that the
-- statement that writes an intent reserves its worst case, and the one that writes the settlement puts the real cost in its
-- place. All replicas meet in these rows; nothing else (Redis, memory) has a say. What a budget is stands in the tenant's table.

create table ledger.budget_periods (
  organization_id uuid not null,
  budget_id uuid not null,
  period_start timestamptz not null,
  workspace_id uuid,                                        -- whose budget it is; null: the organization's
  spent_micros bigint not null default 0 check (spent_micros >= 0),
  reserved_micros bigint not null default 0 check (reserved_micros >= 0), -- the sum of its reservations
  warn_micros bigint[] not null default '{}',               -- spending at which somebody wants to be told
  told_micros bigint not null default -1,                   -- up to which spending everybody was told
  is_due boolean not null default false,                    -- a threshold was passed and is still to be announced
  primary key (organization_id, budget_id, period_start)
);
create index budget_periods_due on ledger.budget_periods (organization_id) where is_due;

-- What a call in flight may cost at worst; gone with its settlement, whoever writes that.
create table ledger.budget_reservations (
  organization_id uuid not null,
  id uuid not null,
  attempt smallint not null,
  budget_id uuid not null,
  period_start timestamptz not null,
  micros bigint not null check (micros >= 0),
  primary key (organization_id, id, attempt, budget_id)
);

create type ledger.budget_ask as (
  n bigint, organization_id uuid, id uuid, attempt smallint, budget_id uuid, period_start timestamptz, workspace_id uuid,
  limit_micros bigint, micros bigint, warn_micros bigint[]);
create type ledger.budget_change as (
  organization_id uuid, budget_id uuid, period_start timestamptz, reserved_micros bigint, cost_micros bigint);

do $$ declare t text; begin
  foreach t in array array['budget_periods', 'budget_reservations'] loop
    execute format('alter table ledger.%I enable row level security', t);
    execute format('alter table ledger.%I force row level security', t);
    execute format('create policy owner on ledger.%I to insula_owner using (true) with check (true)', t);
  end loop;
end $$;
create policy organization on ledger.budget_periods for select to insula_tenant
  using (organization_id = (select nullif(current_setting('app.organization', true), '')::uuid));
create policy workspace on ledger.budget_periods as restrictive for select to insula_tenant
  using ((select current_setting('app.workspaces', true)) = '*' or workspace_id = any ((select string_to_array(
    nullif(nullif(current_setting('app.workspaces', true), ''), '*'), ',')::uuid[])::uuid[]));
grant select on ledger.budget_periods to insula_tenant;

-- Writes the intents of a batch that fit into all budgets they name, with their reservations, and answers those that do not:
-- [{n, budget_id, limit_micros, spent_micros, micros}], n being the place in the batch from 1. Whoever locks several periods
-- locks them in the order of their keys, so that no two batches ever wait for each other.
create function ledger.intend(batch json) returns jsonb
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
    route_id, variant, failure, cache)
  select at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
    surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
    reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
    route_id, variant, failure, cache
  from rows from (json_to_recordset(batch) as (at timestamptz, id uuid, attempt int2, phase int2, organization_id uuid,
    workspace_id uuid, actor_kind text, actor_id uuid, replica_id uuid, surface text, provider text, credential_id uuid,
    requested_model text, upstream_model text, input_tokens int4, cached_input_tokens int4, output_tokens int4,
    reasoning_tokens int4, cost_micros int8, currency text, price_version int4, usage_source text, status int2,
    streamed bool, latency_ms int4, first_byte_ms int4, route_id uuid, variant text, failure text, cache text)) with ordinality as r
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

-- Puts costs in the place of reservations, and notes the periods in which a threshold was passed.
create function ledger.change_budgets(changes ledger.budget_change[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from ledger.budget_periods p
  where (p.organization_id, p.budget_id, p.period_start)
    in (select c.organization_id, c.budget_id, c.period_start from unnest(changes) c)
  order by p.organization_id, p.budget_id, p.period_start for update;

  update ledger.budget_periods p set
    reserved_micros = p.reserved_micros - c.reserved_micros,
    spent_micros = p.spent_micros + c.cost_micros,
    is_due = p.is_due or exists (select from unnest(p.warn_micros) w
      where w > p.told_micros and w <= p.spent_micros + c.cost_micros)
  from (select organization_id, budget_id, period_start, sum(reserved_micros) as reserved_micros, sum(cost_micros) as cost_micros
    from unnest(changes) group by 1, 2, 3) c
  where p.organization_id = c.organization_id and p.budget_id = c.budget_id and p.period_start = c.period_start;
end $$;

-- Writes settlements. The first settlement of an attempt stands, and only that one releases its reservations; a cost that is
-- not known leaves the worst case spent.
create function ledger.settle(batch json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changes ledger.budget_change[];
begin
  with settled as (
    insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
      surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
      reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
      route_id, variant, failure, cache)
    select at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
      surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
      reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
      route_id, variant, failure, cache
    from json_to_recordset(batch) as r (at timestamptz, id uuid, attempt int2, phase int2, organization_id uuid,
      workspace_id uuid, actor_kind text, actor_id uuid, replica_id uuid, surface text, provider text, credential_id uuid,
      requested_model text, upstream_model text, input_tokens int4, cached_input_tokens int4, output_tokens int4,
      reasoning_tokens int4, cost_micros int8, currency text, price_version int4, usage_source text, status int2,
      streamed bool, latency_ms int4, first_byte_ms int4, route_id uuid, variant text, failure text, cache text)
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

-- As before (0002), and reservations of orphans become what the orphans are billed.
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
      route_id, variant, failure, cache)
    select i.at, i.id, i.attempt, 2, i.organization_id, i.workspace_id, i.actor_kind, i.actor_id, i.replica_id,
      i.surface, i.provider, i.credential_id, i.requested_model, i.upstream_model, i.input_tokens, i.cached_input_tokens,
      i.output_tokens, i.reasoning_tokens, i.cost_micros, i.currency, i.price_version, 'estimated', null, i.streamed, null, null,
      i.route_id, i.variant, null, null
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

-- Periods in which a threshold was passed that is still to be announced; at most 100.
create function ledger.list_due_budgets()
  returns table (organization_id uuid, budget_id uuid, period_start timestamptz, spent_micros bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select organization_id, budget_id, period_start, spent_micros from ledger.budget_periods where is_due limit 100 $$;

-- Everybody was told of the spending up to `told`.
create function ledger.mark_told(organization uuid, budget uuid, period timestamptz, told bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$ update ledger.budget_periods set told_micros = greatest(told_micros, told),
    is_due = exists (select from unnest(warn_micros) w where w > greatest(told_micros, told) and w <= spent_micros)
  where organization_id = organization and budget_id = budget and period_start = period $$;

-- How many replicas live: what each one's share of a limit is when they cannot count together.
create function platform.count_replicas() returns int
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select greatest(1, count(*))::int from platform.replicas where heartbeat_at > clock_timestamp() - interval '15 seconds' $$;
revoke execute on function platform.count_replicas() from public;

revoke all on function ledger.intend(json), ledger.settle(json), ledger.change_budgets(ledger.budget_change[]),
  ledger.list_due_budgets(), ledger.mark_told(uuid, uuid, timestamptz, bigint) from public;
grant execute on function ledger.intend(json), ledger.settle(json), ledger.list_due_budgets(),
  ledger.mark_told(uuid, uuid, timestamptz, bigint) to insula_ledger;
