// What Office files have in common: a package of parts, tied together by relationships, with properties of its own.
import { openZip, type Zip } from '../containers/open-zip.ts';
import { attributeOf, findXml, listXml, textOfXml } from '../containers/walk-xml.ts';
import type { Source } from '../document.ts';
import { unreadable } from '../refusal.ts';

export type OfficePackage = {
  read(part: string): Uint8Array | undefined;
  /** A part that has to be there. */
  need(part: string): Uint8Array;
  names: string[];
  /** The targets of a part's relationships by their id. */
  relations(part: string): Map<string, Relation>;
  title: string | undefined;
  language: string | undefined;
  metadata: Record<string, string | undefined>;
};
export type Relation = { target: string; kind: string };

/** Opens the package of an Office file. */
export function readPackage(source: Source): OfficePackage {
  const zip = openZip(source.bytes);
  const said = readProperties(zip);
  return {
    ...said,
    names: zip.names,
    read: (part) => zip.read(part),
    need(part) {
      const bytes = zip.read(part);
      if (!bytes) throw unreadable(`its part ${part} is missing.`);
      return bytes;
    },
    relations: (part) => readRelations(zip, part),
  };
}

function readProperties(zip: Zip) {
  const [properties] = listXml(zip.read('docProps/core.xml'), 'coreProperties');
  const said = (name: string) => textOfXml(findXml(properties, name)).trim() || undefined;
  return {
    title: said('title'),
    language: said('language'),
    metadata: {
      author: said('creator'),
      subject: said('subject'),
      description: said('description'),
      keywords: said('keywords'),
      created: said('created'),
      modified: said('modified'),
    },
  };
}

function readRelations(zip: Zip, part: string): Map<string, Relation> {
  const cut = part.lastIndexOf('/') + 1;
  const bytes = zip.read(`${part.slice(0, cut)}_rels/${part.slice(cut)}.rels`);
  const relations = new Map<string, Relation>();
  for (const node of listXml(bytes, 'Relationship')) {
    const target = attributeOf(node, 'Target') ?? '';
    const outside = attributeOf(node, 'TargetMode') === 'External';
    const kind = (attributeOf(node, 'Type') ?? '').split('/').at(-1) ?? '';
    relations.set(attributeOf(node, 'Id') ?? '', {
      kind,
      target: outside ? target : resolvePart(part.slice(0, cut), target),
    });
  }
  return relations;
}

function resolvePart(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith('/') ? target : folder + target).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  return parts.join('/');
}

/** Whether a switch such as `w:vanish` is on. */
export function isOn(value: string | undefined): boolean {
  return value === undefined || !/^(0|false|off|none)$/i.test(value);
}
