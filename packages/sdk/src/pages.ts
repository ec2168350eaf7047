// Reads a list to its end, page by page, so that nobody has to carry cursors around.

export type Page<Row> = { data: Row[]; next_cursor: string | null };
type List<Input, Row> = (input: Input, options?: { signal?: AbortSignal }) => Promise<Page<Row>>;

/** Every row of a list: `for await (const workspace of pages(insula.workspaces.list, { organization_id }))`. */
export async function* pages<Input extends { cursor?: string | undefined }, Row>(
  list: List<Input, Row>,
  input: Input,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Row, void, undefined> {
  let cursor = input.cursor;
  for (;;) {
    const page = await list(cursor === undefined ? input : { ...input, cursor }, options);
    yield* page.data;
    if (page.next_cursor === null || page.next_cursor === cursor) return;
    cursor = page.next_cursor;
  }
}
