// From what was read in passages to rows of the graph: names are resolved to entities, facts to relations, and each remembers
// the passage it stands in.
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { keyOfName } from '../graph/key-of-name.ts';
import type { GraphMethod, Reading } from '../graph/tables.ts';
import {
  addEntities,
  addMentions,
  addNames,
  addProvenance,
  addRelations,
  countMentions,
  findByKeys,
  type GraphPlace,
  holdGraph,
  type NewEntity,
  type NewMention,
  type NewName,
  type NewProvenance,
  type NewRelation,
  type PassageOf,
  removeLocalMentions,
  settleSuperseded,
} from './store.ts';

export type ReadPassage = { passage: PassageOf & { asserted_at: string }; reading: Reading };

/** Writes the readings of passages of one collection; answers how many facts they state. Writing them again changes nothing. */
export async function writeReadings(
  tx: TenantTx,
  at: GraphPlace & { method: GraphMethod },
  read: ReadPassage[],
): Promise<number> {
  await holdGraph(tx, at);
  const cast = await resolveNames(tx, at, read);
  await addEntities(tx, at, cast.entities);
  await addNames(tx, at, cast.names);
  await addMentions(tx, at, cast.mentions);
  const facts = factsOf(read, cast.idOf);
  const ids = await addRelations(
    tx,
    at,
    facts.map((fact) => fact.relation),
  );
  const provenance = facts.flatMap((fact, i) =>
    fact.provenance.map((row): NewProvenance => ({ ...row, relation_id: ids[i]! })),
  );
  await addProvenance(tx, at, provenance);
  const subjects = [...new Set(facts.map(({ relation }) => relation.subject_id))];
  if (facts.some(({ relation }) => relation.is_exclusive)) await settleSuperseded(tx, at, subjects);
  if (at.method === 'model')
    await removeLocalMentions(
      tx,
      at,
      read.map(({ passage }) => passage.chunk_id),
    );
  await countMentions(tx, at, [...new Set(cast.mentions.map((mention) => mention.entity_id))]);
  return provenance.length;
}

type Cast = {
  entities: NewEntity[];
  names: NewName[];
  mentions: NewMention[];
  idOf(name: string): string | undefined;
};

/** An entity is the one that its name leads to, or else one of its aliases, or else a new one. */
async function resolveNames(
  tx: TenantTx,
  at: GraphPlace & { method: GraphMethod },
  read: ReadPassage[],
): Promise<Cast> {
  const spoken = read.flatMap(({ reading }) => reading.entities.flatMap((one) => [one.name, ...one.aliases]));
  const known = await findByKeys(tx, at, [...new Set(spoken.map(keyOfName))]);
  const entities = new Map<string, NewEntity>();
  const names: NewName[] = [];
  const mentions = new Map<string, NewMention>();
  for (const { passage, reading } of read) {
    for (const { name, type, aliases, description } of reading.entities) {
      const key = keyOfName(name);
      if (key === '') continue;
      const aliasKeys = aliases.map(keyOfName).filter((one) => one !== '');
      const found = known.get(key) ?? aliasKeys.map((one) => known.get(one)).find((one) => one !== undefined);
      const id = found ?? newId();
      if (!found || at.method === 'model') entities.set(id, { id, key, name, type, method: at.method });
      for (const [i, one] of [key, ...aliasKeys].entries()) {
        if (known.has(one)) continue;
        known.set(one, id);
        names.push({
          key: one,
          name: i === 0 ? name : aliases.find((alias) => keyOfName(alias) === one)!,
          entity_id: id,
        });
      }
      const { chunk_id, document_id, version } = passage;
      const mention = { chunk_id, document_id, version, entity_id: id, description, method: at.method };
      mentions.set(`${id} ${chunk_id}`, mention);
    }
  }
  return {
    entities: [...entities.values()],
    names,
    mentions: [...mentions.values()],
    idOf: (name) => known.get(keyOfName(name)),
  };
}

type FactRows = { relation: NewRelation; provenance: Omit<NewProvenance, 'relation_id'>[] };

/** Each fact once, with all the passages that state it. A fact about nothing that was named is none. */
function factsOf(read: ReadPassage[], idOf: Cast['idOf']): FactRows[] {
  const facts = new Map<string, FactRows>();
  for (const { passage, reading } of read) {
    for (const { subject, predicate, object, statement, ...rest } of reading.facts) {
      const [subject_id, object_id] = [idOf(subject), idOf(object)];
      if (!subject_id || !object_id || subject_id === object_id) continue;
      const relation = {
        id: newId(),
        subject_id,
        predicate,
        object_id,
        ...rest,
        asserted_at: passage.asserted_at,
      };
      const key = `${subject_id} ${object_id} ${rest.valid_from ?? ''} ${predicate}`;
      const known = facts.get(key) ?? { relation, provenance: [] };
      facts.set(key, known);
      known.relation.is_exclusive ||= rest.is_exclusive;
      known.relation.confidence = Math.max(known.relation.confidence, rest.confidence);
      if (passage.asserted_at > known.relation.asserted_at) known.relation.asserted_at = passage.asserted_at;
      if (known.provenance.some((one) => one.chunk_id === passage.chunk_id)) continue;
      known.provenance.push({ ...passage, statement, confidence: rest.confidence });
    }
  }
  return [...facts.values()];
}
