-- The ledger of model calls: numbers, never content. Append-only; of each attempt at a call there is one intent, written
-- before the provider is asked, and one settlement, committed before the caller has the last byte. One ledger a cluster.
create schema if not exists ledger;

create table ledger.entries (
  at timestamptz not null,                -- when the call began: the time inside its id
  id uuid not null,                       -- the x-request-id of the answer
  attempt smallint not null check (attempt between 1 and 100),
  phase smallint not null check (phase between 0 and 2), -- 0 intent, 1 settled, 2 swept
  organization_id uuid not null,
  workspace_id uuid,
  actor_kind text not null,
  actor_id uuid,
  replica_id uuid not null,
  surface text not null,
  provider text not null,
  credential_id uuid,
  requested_model text not null,
  upstream_model text not null,
  -- Four disjoint classes of tokens; their sum is the call's total. In an intent: the estimate.
  input_tokens int check (input_tokens >= 0),
  cached_input_tokens int check (cached_input_tokens >= 0),
  output_tokens int check (output_tokens >= 0),
  reasoning_tokens int check (reasoning_tokens >= 0),
  cost_micros bigint check (cost_micros >= 0), -- micro-units of the currency; null: the price is not known
  currency text,
  price_version int,
  usage_source text not null check (usage_source in ('provider', 'counted', 'estimated')),
  status smallint,                        -- the HTTP status of the call; null: not known (intent, swept)
  streamed boolean not null,
  latency_ms int check (latency_ms >= 0),
  first_byte_ms int check (first_byte_ms >= 0),
  route_id uuid,                          -- the model route that chose the target, and its name for the target
  variant text,
  failure text,                           -- the code of the failure the attempt ended with
  cache text check (cache in ('exact', 'semantic')), -- answered without a provider
  recorded_at timestamptz not null default now(),
  primary key (at, id, attempt, phase)
) partition by range (at);

create table ledger.entries_default partition of ledger.entries default;

-- One settlement an attempt, whether settled or swept; the same index serves an organization's pages, newest first.
create unique index entries_settled_once on ledger.entries (organization_id, at desc, id desc, attempt desc) where phase > 0;
-- What the sweeper walks: intents by the database's own clock, so that no server's clock can hide one.
create index entries_intents on ledger.entries (recorded_at, replica_id) where phase = 0;

-- The settled view, for reports.
create view ledger.calls with (security_invoker = true) as select * from ledger.entries where phase > 0;

-- Price lists, versioned: a published version never changes. Micro-units of the currency per million tokens.
create table ledger.prices (
  version int not null,
  provider text not null,
  model text not null,                    -- '*': every model of the provider
  currency text not null,
  input_micros_per_million bigint not null check (input_micros_per_million >= 0),
  cached_input_micros_per_million bigint not null check (cached_input_micros_per_million >= 0),
  output_micros_per_million bigint not null check (output_micros_per_million >= 0),
  reasoning_micros_per_million bigint not null check (reasoning_micros_per_million >= 0),
  valid_from timestamptz not null,
  source text not null,
  primary key (version, provider, model)
);

-- How far the sweeper has come: every intent recorded before this moment is settled. Its lock lets one sweep run at a time.
create table ledger.sweeps (
  singleton boolean primary key default true check (singleton),
  settled_until timestamptz not null default '-infinity'
);
insert into ledger.sweeps default values;

alter table ledger.entries enable row level security;
alter table ledger.entries force row level security;
create policy owner on ledger.entries to insula_owner using (true) with check (true);
create policy writes on ledger.entries for insert to insula_ledger with check (true);
create policy organization on ledger.entries for select to insula_tenant
  using (organization_id = (select nullif(current_setting('app.organization', true), '')::uuid));
create policy workspace on ledger.entries as restrictive for select to insula_tenant
  using ((select current_setting('app.workspaces', true)) = '*' or workspace_id = any ((select string_to_array(
    nullif(nullif(current_setting('app.workspaces', true), ''), '*'), ',')::uuid[])::uuid[]));

create policy operator on ledger.entries for select to insula_platform
  using ((select current_setting('app.operator', true)) = 'on');

alter table ledger.entries_default enable row level security;
alter table ledger.entries_default force row level security;
create policy owner on ledger.entries_default to insula_owner using (true) with check (true);

-- Makes the partitions of this month and of the months after it (UTC) where they are missing; returns how many it made.
create function ledger.make_partitions(months_ahead int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '5s' as $$
declare
  first_day timestamptz;
  next_month timestamptz;
  partition text;
  made int := 0;
begin
  if months_ahead not between 0 and 24 then
    raise exception 'months_ahead is between 0 and 24, not %', months_ahead using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('ledger.make_partitions', 0));
  for month in 0..months_ahead loop
    first_day := date_trunc('month', now()) + make_interval(months => month);
    next_month := first_day + interval '1 month';
    partition := 'entries_' || to_char(first_day, 'YYYY_MM');
    continue when to_regclass('ledger.' || partition) is not null;
    -- Rows of that month that came too early wait in the default partition: they move, and none may slip in meanwhile.
    lock table ledger.entries_default in access exclusive mode;
    execute format('create table ledger.%I (like ledger.entries including all)', partition);
    execute format('alter table ledger.%I enable row level security', partition);
    execute format('alter table ledger.%I force row level security', partition);
    execute format('create policy owner on ledger.%I to insula_owner using (true) with check (true)', partition);
    execute format('with early as (delete from ledger.entries_default where at >= %L and at < %L returning *)
      insert into ledger.%I select * from early', first_day, next_month, partition);
    execute format('alter table ledger.entries attach partition ledger.%I for values from (%L) to (%L)',
      partition, first_day, next_month);
    made := made + 1;
  end loop;
  return made;
end $$;

-- Settles, as estimated, the intents that nobody will settle any more: those of replicas that are dead (no heartbeat for
-- 15 s and not among `live`) and those older than the longest call allowed. Returns how many; 0 while another sweep runs.
create function ledger.sweep_orphans(live uuid[], longest_call interval) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  from_then timestamptz;
  overdue timestamptz := clock_timestamp() - longest_call;
  swept int;
begin
  if longest_call < interval '1 second' then
    raise exception 'longest_call is at least one second' using errcode = 'invalid_parameter_value';
  end if;
  select settled_until into from_then from ledger.sweeps for update skip locked;
  if not found then return 0; end if;

  insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
    surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
    reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
    route_id, variant)
  select i.at, i.id, i.attempt, 2, i.organization_id, i.workspace_id, i.actor_kind, i.actor_id, i.replica_id,
    i.surface, i.provider, i.credential_id, i.requested_model, i.upstream_model, i.input_tokens, i.cached_input_tokens,
    i.output_tokens, i.reasoning_tokens, i.cost_micros, i.currency, i.price_version, 'estimated', null, i.streamed, null, null,
    i.route_id, i.variant
  from ledger.entries i
  where i.phase = 0 and i.recorded_at >= from_then
    and (i.recorded_at < overdue or i.replica_id <> all (coalesce(live, '{}') || array(
      select r.id from platform.replicas r where r.heartbeat_at > clock_timestamp() - interval '15 seconds')))
    and not exists (select from ledger.entries s
      where s.at = i.at and s.id = i.id and s.attempt = i.attempt and s.phase > 0)
  on conflict do nothing;
  get diagnostics swept = row_count;

  -- A minute's margin for intents whose transaction began before that moment and is still to commit.
  update ledger.sweeps set settled_until = greatest(settled_until, overdue - interval '1 minute');
  return swept;
end $$;

revoke all on function ledger.make_partitions(int), ledger.sweep_orphans(uuid[], interval) from public;
grant execute on function ledger.make_partitions(int), ledger.sweep_orphans(uuid[], interval) to insula_ledger;
grant usage on schema ledger to insula_ledger, insula_tenant, insula_platform;
grant insert on ledger.entries to insula_ledger;
grant select on ledger.prices to insula_ledger, insula_tenant, insula_platform;
grant select on ledger.entries, ledger.calls to insula_tenant, insula_platform;

select ledger.make_partitions(2);
