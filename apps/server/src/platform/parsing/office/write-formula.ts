// Formulas of Office files on one line, as a person would type them: `a^2`, `(a)/(b)`, `sqrt(x)`.
import { allXml, attributeOf, elementsOf, findXml, type XmlNode } from '../containers/walk-xml.ts';

/** Writes a formula and all of its parts; what is unknown is written as its words. */
export function writeFormula(node: XmlNode): string {
  const part = (name: string) => {
    const found = findXml(node, name);
    return found ? writeFormula(found) : '';
  };
  const raised = (sign: string, name: string) => {
    const words = part(name);
    return words === '' ? '' : `${sign}${words.length > 1 ? `(${words})` : words}`;
  };
  if (node.name === 't') return node.children.filter((child) => typeof child === 'string').join('');
  if (node.name === 'f') return `(${part('num')})/(${part('den')})`;
  if (node.name === 'sSup') return part('e') + raised('^', 'sup');
  if (node.name === 'sSub') return part('e') + raised('_', 'sub');
  if (node.name === 'sSubSup') return part('e') + raised('_', 'sub') + raised('^', 'sup');
  if (node.name === 'rad')
    return part('deg') === '' ? `sqrt(${part('e')})` : `root(${part('deg')}, ${part('e')})`;
  if (node.name === 'nary')
    return `${attributeOf(findXml(node, 'naryPr/chr'), 'val') ?? '∫'}${raised('_', 'sub')}${raised('^', 'sup')} ${part('e')}`;
  if (node.name === 'd') return writeDelimited(node);
  if (node.name === 'm')
    return `[${allXml(node, 'mr')
      .map((row) => elementsOf(row).map(writeFormula).join(', '))
      .join('; ')}]`;
  if (node.name.endsWith('Pr')) return '';
  return elementsOf(node).map(writeFormula).join('');
}

function writeDelimited(node: XmlNode): string {
  const open = attributeOf(findXml(node, 'dPr/begChr'), 'val') ?? '(';
  const close = attributeOf(findXml(node, 'dPr/endChr'), 'val') ?? ')';
  const inner = elementsOf(node).filter(({ name }) => name === 'e');
  return open + inner.map(writeFormula).join(', ') + close;
}
