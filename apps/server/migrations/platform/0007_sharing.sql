-- Sharing between workspaces of one organization: whoever is shown a collection reads its rows, and changes none of them.

-- Walls a tenant table whose rows belong to a workspace and to a collection: like platform.wall, but what is read may also
-- belong to a collection that is shared with one of the workspaces in sight (table collection_shares of the same schema).
-- Inserting, changing and deleting stay inside the workspaces in sight. Each sub-select is planned once a statement, and the
-- one on shares is asked only when a row of another workspace is met. Without a collection's column: collection_shares itself,
-- of which both sides read what concerns them.
create function platform.share_wall(
  target text, tenant_role text, privileges text, collection_column text default 'collection_id')
  returns void language plpgsql as $$
declare
  mine constant text := '(select nullif(current_setting(''app.organization'', true), '''')::uuid)';
  sight constant text := '(select string_to_array(nullif(nullif(current_setting(''app.workspaces'', true), ''''), ''*''), '','')::uuid[])';
  within constant text := format('(select current_user) = ''insula_owner'' or (select current_setting(''app.workspaces'', true)) = ''*''
    or workspace_id = any (%s::uuid[])', sight);
  shared constant text := case when collection_column is null then format('to_workspace_id = any (%s::uuid[])', sight)
    else format('%I = any ((select array_agg(s.collection_id) from collection_shares s
      where s.organization_id = %s and s.to_workspace_id = any (%s::uuid[]))::uuid[])', collection_column, mine, sight) end;
begin
  perform platform.wall(target, tenant_role, privileges);
  execute format('create policy workspace on %I as restrictive for select using (%s or %s)', target, within, shared);
  execute format('create policy workspace_insert on %I as restrictive for insert with check (%s)', target, within);
  execute format('create policy workspace_update on %I as restrictive for update using (%s) with check (%s)', target, within, within);
  execute format('create policy workspace_delete on %I as restrictive for delete using (%s)', target, within);
end $$;
revoke execute on function platform.share_wall(text, text, text, text) from public;
