// A chart of an Office file as the table it was drawn from.
import { allXml, attributeOf, findXml, listXml, textOfXml, type XmlNode } from '../containers/walk-xml.ts';
import { joinBlocks, oneLine, writeTable } from '../text/markdown.ts';

const POINTS_MAX = 1_000;

/** Writes the title of a chart and its numbers, one column for each series. */
export function writeChart(bytes: Uint8Array | undefined): string {
  const [chart] = listXml(bytes, 'chart');
  if (!chart) return '';
  const title = oneLine(allXml(findXml(chart, 'title'), 't').map(textOfXml).join(''));
  const series = allXml(chart, 'ser').slice(0, 50);
  const names = series.map((one, i) => oneLine(points(findXml(one, 'tx')).get(0) ?? `Series ${i + 1}`));
  const categories = points(findXml(series[0], 'cat') ?? findXml(series[0], 'xVal'));
  const values = series.map((one) => points(findXml(one, 'val') ?? findXml(one, 'yVal')));
  const count = Math.min(
    POINTS_MAX,
    Math.max(0, ...[categories, ...values].map((one) => Math.max(0, ...[...one.keys()].map((i) => i + 1)))),
  );
  const rows = Array.from({ length: count }, (_, i) => [
    categories.get(i) ?? '',
    ...values.map((one) => one.get(i) ?? ''),
  ]);
  return joinBlocks([
    title === '' ? '' : `Chart: ${title}`,
    rows.length === 0 ? '' : writeTable([['Category', ...names], ...rows]),
  ]);
}

function points(node: XmlNode | undefined): Map<number, string> {
  const found = allXml(node, 'pt').slice(0, POINTS_MAX);
  return new Map(found.map((one) => [Number(attributeOf(one, 'idx') ?? 0), textOfXml(findXml(one, 'v'))]));
}
