// What the styles and the numbering of a Word file say of a paragraph: its level as a heading, its list, its being hidden.
import { allXml, attributeOf, findXml, listXml, type XmlNode } from '../containers/walk-xml.ts';
import { isOn, type OfficePackage } from './read-package.ts';

export type DocxStyles = {
  /** The level of a heading, one to nine; undefined for other paragraphs. */
  headingLevel(properties: XmlNode | undefined): number | undefined;
  /** The list that a paragraph belongs to: its number and depth. */
  listOf(properties: XmlNode | undefined): { list: string; depth: number } | undefined;
  /** `-` or the next number of the list. */
  nextMark(list: string, depth: number): string;
  isHidden(styleId: string | undefined): boolean;
};
type Style = { name: string; parent: string | undefined; node: XmlNode };
const DEEPEST = 10;

/** Reads styles and numbering. */
export function readDocxStyles(office: OfficePackage): DocxStyles {
  const styles = readStyles(office);
  const bullets = readBullets(office);
  const counters = new Map<string, number[]>();
  /** The style and those it is made from. */
  const chain = (id: string | undefined): Style[] => {
    const found: Style[] = [];
    for (
      let style = styles.get(id ?? '');
      style && found.length < DEEPEST;
      style = styles.get(style.parent ?? '')
    )
      found.push(style);
    return found;
  };
  const chainOf = (properties: XmlNode | undefined) =>
    chain(attributeOf(findXml(properties, 'pStyle'), 'val'));
  return {
    headingLevel(properties) {
      const own = attributeOf(findXml(properties, 'outlineLvl'), 'val');
      const level = own ?? findFirst(chainOf(properties), levelOf);
      return level !== undefined && Number(level) < 9 ? Number(level) + 1 : undefined;
    },
    listOf(properties) {
      const places = [properties, ...chainOf(properties).map(({ node }) => findXml(node, 'pPr'))];
      const list = findFirst(places, (place) => attributeOf(findXml(place, 'numPr/numId'), 'val'));
      const depth = findFirst(places, (place) => attributeOf(findXml(place, 'numPr/ilvl'), 'val'));
      return list === undefined || list === '0'
        ? undefined
        : { list, depth: Math.min(8, Number(depth ?? 0) || 0) };
    },
    nextMark(list, depth) {
      if (bullets.get(`${list}:${depth}`) ?? true) return '-';
      const numbers = counters.get(list) ?? [];
      const next = (numbers[depth] ?? 0) + 1;
      counters.set(list, [...Array.from({ length: depth }, (_, i) => numbers[i] ?? 0), next]);
      return `${next}.`;
    },
    isHidden: (id) => chain(id).some(({ node }) => isVanished(findXml(node, 'rPr'))),
  };
}

/** Whether run properties say that the text is not shown. */
export function isVanished(properties: XmlNode | undefined): boolean {
  const switches = [findXml(properties, 'vanish'), findXml(properties, 'webHidden')];
  return switches[0] !== undefined && isOn(attributeOf(switches[0], 'val'));
}

function findFirst<T, R>(list: readonly T[], read: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const value = read(one);
    if (value !== undefined) return value;
  }
  return undefined;
}

function levelOf({ name, node }: Style): string | undefined {
  const outline = attributeOf(findXml(node, 'pPr/outlineLvl'), 'val');
  if (outline !== undefined) return outline;
  const named = /^heading ?([1-9])$/i.exec(name)?.[1];
  if (named !== undefined) return String(Number(named) - 1);
  return /^title$/i.test(name) ? '0' : undefined;
}

function readStyles(office: OfficePackage): Map<string, Style> {
  const nodes = listXml(office.read('word/styles.xml'), 'style');
  return new Map(
    nodes.map((node) => [
      attributeOf(node, 'styleId') ?? '',
      {
        name: attributeOf(findXml(node, 'name'), 'val') ?? '',
        parent: attributeOf(findXml(node, 'basedOn'), 'val'),
        node,
      },
    ]),
  );
}

/** For `list:depth`, whether its mark is a bullet. */
function readBullets(office: OfficePackage): Map<string, boolean> {
  const nodes = listXml(office.read('word/numbering.xml'), 'abstractNum', 'num');
  const kinds = new Map<string, boolean[]>();
  const bullets = new Map<string, boolean>();
  for (const node of nodes) {
    if (node.name === 'abstractNum')
      kinds.set(
        attributeOf(node, 'abstractNumId') ?? '',
        allXml(node, 'lvl').map((level) =>
          /^(bullet|none)$/.test(attributeOf(findXml(level, 'numFmt'), 'val') ?? ''),
        ),
      );
  }
  for (const node of nodes.filter(({ name }) => name === 'num')) {
    const kind = kinds.get(attributeOf(findXml(node, 'abstractNumId'), 'val') ?? '') ?? [];
    for (const [depth, bullet] of kind.entries())
      bullets.set(`${attributeOf(node, 'numId')}:${depth}`, bullet);
  }
  return bullets;
}
