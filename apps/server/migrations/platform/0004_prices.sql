-- Prices in versions, for everybody or for one organization, and later ratings of calls. All of it is append-only: a version
-- never changes, an entry never changes; what a call costs is its latest rating, or else what the ledger recorded.
create table ledger.price_versions (
  version int primary key,                -- below 1000: lists that come with the product
  organization_id uuid,                   -- null: for everybody
  row_count int not null check (row_count > 0),
  note text,
  published_by text not null,
  published_at timestamptz not null default now()
);
create index price_versions_by_organization on ledger.price_versions (organization_id);

-- One version may hold several prices of a model, each from its day on. A row without amounts ends what held before it.
alter table ledger.prices
  add column organization_id uuid,
  drop constraint prices_pkey,
  add primary key (version, provider, model, valid_from),
  alter column input_micros_per_million drop not null,
  alter column cached_input_micros_per_million drop not null,
  alter column output_micros_per_million drop not null,
  alter column reasoning_micros_per_million drop not null,
  add constraint prices_whole check (num_nulls(input_micros_per_million, cached_input_micros_per_million,
    output_micros_per_million, reasoning_micros_per_million) in (0, 4));
create index prices_by_model on ledger.prices (organization_id, provider, model);

-- A wish to rate the calls of a period again, and how far it has come: all calls up to `cursor_*` are examined.
create table ledger.re_ratings (
  organization_id uuid not null,
  id uuid not null,
  from_at timestamptz not null,
  until_at timestamptz not null check (until_at > from_at),
  provider text,
  model text,
  only_unknown boolean not null,
  reason text,
  requested_by text not null,
  state text not null default 'running' check (state in ('running', 'done')),
  cursor_at timestamptz,
  cursor_id uuid,
  cursor_attempt smallint,
  examined bigint not null default 0,
  changed bigint not null default 0,
  unpriced bigint not null default 0,     -- examined calls for which no price is known now: they stay as they are
  totals jsonb not null default '[]',     -- of the changed calls, by currency: calls, old and new cost
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id)
);
create index re_ratings_running on ledger.re_ratings (organization_id) where state = 'running';

-- Ratings of settled calls after the first one, which stands in the entry; the highest number holds.
create table ledger.ratings (
  organization_id uuid not null,
  at timestamptz not null,                -- with id and attempt: the entry
  id uuid not null,
  attempt smallint not null,
  number int not null check (number > 0),
  workspace_id uuid,
  re_rating_id uuid not null,             -- who and why
  old_cost_micros bigint,
  old_currency text,
  old_price_version int,
  cost_micros bigint not null check (cost_micros >= 0),
  currency text not null,
  price_version int not null,
  rated_at timestamptz not null default now(),
  primary key (organization_id, at, id, attempt, number)
);

do $$ declare
  t text;
  mine constant text := '(select nullif(current_setting(''app.organization'', true), '''')::uuid)';
begin
  foreach t in array array['price_versions', 'prices', 're_ratings', 'ratings'] loop
    execute format('alter table ledger.%I enable row level security', t);
    execute format('alter table ledger.%I force row level security', t);
    execute format('create policy owner on ledger.%I to insula_owner using (true) with check (true)', t);
  end loop;
  foreach t in array array['price_versions', 'prices'] loop
    execute format('create policy published on ledger.%I for select to insula_tenant, insula_platform
      using (organization_id is null or organization_id = %s)', t, mine);
    execute format('create policy pricing on ledger.%I for select to insula_ledger using (true)', t);
    execute format('create policy operator on ledger.%I to insula_platform
      using ((select current_setting(''app.operator'', true)) = ''on'')
      with check ((select current_setting(''app.operator'', true)) = ''on'')', t);
    execute format('grant select, insert on ledger.%I to insula_platform', t);
    execute format('grant select on ledger.%I to insula_tenant, insula_ledger', t);
  end loop;
  -- Ratings are written in the organization's own transaction, with their event; only one that says it rates may do so.
  foreach t in array array['re_ratings', 'ratings'] loop
    execute format('create policy organization on ledger.%I for select to insula_tenant using (organization_id = %s)', t, mine);
    execute format('create policy rater on ledger.%I to insula_tenant
      using (organization_id = %2$s and (select current_setting(''app.rates'', true)) = ''on'')
      with check (organization_id = %2$s and (select current_setting(''app.rates'', true)) = ''on'')', t, mine);
    execute format('grant select, insert on ledger.%I to insula_tenant', t);
  end loop;
end $$;
grant update on ledger.re_ratings to insula_tenant;

create policy workspace on ledger.ratings as restrictive for select to insula_tenant
  using ((select current_setting('app.workspaces', true)) = '*' or workspace_id = any ((select string_to_array(
    nullif(nullif(current_setting('app.workspaces', true), ''), '*'), ',')::uuid[])::uuid[]));

-- Organizations of this cluster whose calls are still to be rated again; ids, nothing else.
create function ledger.unfinished_re_ratings() returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select distinct organization_id from ledger.re_ratings where state = 'running' limit 1000 $$;
revoke execute on function ledger.unfinished_re_ratings() from public;
grant execute on function ledger.unfinished_re_ratings() to insula_ledger;
