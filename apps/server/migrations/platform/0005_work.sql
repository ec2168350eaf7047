-- Where there is work: one row for an organization and a kind of work, in the cluster the organization lives in. What is to
-- be done stands in the organization's own rows; nothing of it is here.
create table platform.work (
  organization_id uuid not null,
  kind text not null check (kind ~ '^[a-z][a-z-]{1,59}$'),
  due_at timestamptz not null,
  -- Grows with every telling: a slice that was told of more while it ran has not done everything.
  told bigint not null default 1,
  claim uuid,
  leased_until timestamptz,
  failures int not null default 0,
  primary key (organization_id, kind)
);
create index work_by_due on platform.work (due_at, organization_id);

alter table platform.work enable row level security;
alter table platform.work force row level security;
create policy owner on platform.work to insula_owner using (true) with check (true);

-- A tenant's transaction says that there is work of its own organization. The row stays locked until it commits: the door tells last of all, in one order.
create function platform.tell_work(organization uuid, work_kind text, due timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if organization is distinct from nullif(current_setting('app.organization', true), '')::uuid then
    raise exception 'work is told for one''s own organization only' using errcode = 'insufficient_privilege';
  end if;
  insert into platform.work as w (organization_id, kind, due_at)
  values (organization, work_kind, coalesce(due, clock_timestamp()))
  on conflict (organization_id, kind) do update set told = w.told + 1, due_at = least(w.due_at, excluded.due_at);
  if due is null or due <= clock_timestamp() then perform pg_notify('insula', 'work'); end if;
end $$;

-- A worker takes what has been due for longest, of the kinds it knows and of organizations that live here now; no row when
-- there is nothing. What another worker holds, or another transaction is just telling of, is passed over.
create function platform.claim_work(kinds text[], new_claim uuid, lease interval)
  returns table (organization_id uuid, kind text, told bigint, failures int)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.work w set claim = new_claim, leased_until = clock_timestamp() + lease
  from (
    select c.organization_id, c.kind from platform.work c
    where c.due_at <= clock_timestamp() and (c.leased_until is null or c.leased_until < clock_timestamp())
      and c.kind = any (kinds)
      and exists (select from platform.residents r where r.organization_id = c.organization_id)
    order by c.due_at, c.organization_id limit 1 for update of c skip locked
  ) due
  where w.organization_id = due.organization_id and w.kind = due.kind
  returning w.organization_id, w.kind, w.told, w.failures
$$;

-- A worker says that it is still at it; false when the work is no longer its own.
create function platform.renew_work(mine uuid, organization uuid, work_kind text, lease interval) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with renewed as (
    update platform.work set leased_until = clock_timestamp() + lease
    where organization_id = organization and kind = work_kind and claim = mine returning 1
  ) select exists (select from renewed)
$$;

-- A worker puts its work back: due at the end of the line (`rest` zero), later, or, with `rest` null, never again unless it
-- was told of since the claim. `failures_now` counts slices that failed in a row.
create function platform.return_work(mine uuid, organization uuid, work_kind text, known bigint, rest interval, failures_now int)
  returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from platform.work
  where organization_id = organization and kind = work_kind and claim = mine and told = known and rest is null;
  update platform.work set claim = null, leased_until = null, failures = failures_now,
    due_at = case when told <> known and failures_now = 0 then clock_timestamp()
      else clock_timestamp() + coalesce(rest, interval '0') end
  where organization_id = organization and kind = work_kind and claim = mine;
end $$;

revoke execute on function platform.tell_work(uuid, text, timestamptz), platform.claim_work(text[], uuid, interval),
  platform.renew_work(uuid, uuid, text, interval), platform.return_work(uuid, uuid, text, bigint, interval, int) from public;
grant execute on function platform.tell_work(uuid, text, timestamptz) to insula_tenant;
