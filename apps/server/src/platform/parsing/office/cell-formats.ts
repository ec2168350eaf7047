// How a spreadsheet shows its numbers: dates as ISO 8601, shares in percent, other numbers without the dust of binary fractions.
import { attributeOf, elementsOf, listXml } from '../containers/walk-xml.ts';
import type { OfficePackage } from './read-package.ts';

export type CellFormats = {
  /** The text of a number in a cell of that style. */
  show(value: number, style: number): string;
};
type Kind = 'number' | 'percent' | 'date' | 'time' | 'moment';

const DAY_MS = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const BUILT_IN: Record<number, Kind> = {
  ...{ 9: 'percent', 10: 'percent', 14: 'date', 15: 'date', 16: 'date', 17: 'date', 18: 'time', 19: 'time' },
  ...{ 20: 'time', 21: 'time', 22: 'moment', 45: 'time', 46: 'time', 47: 'time' },
};

/** Reads the formats of a workbook. */
export function readCellFormats(office: OfficePackage, workbook: string): CellFormats {
  const styles = office.read('xl/styles.xml');
  const custom = new Map(
    listXml(styles, 'numFmt').map((node) => [
      Number(attributeOf(node, 'numFmtId')),
      readCode(attributeOf(node, 'formatCode') ?? ''),
    ]),
  );
  const kinds = elementsOf(listXml(styles, 'cellXfs')[0]).map((node): Kind => {
    const id = Number(attributeOf(node, 'numFmtId') ?? 0);
    return custom.get(id) ?? BUILT_IN[id] ?? 'number';
  });
  const since1904 = listXml(office.read(workbook), 'workbookPr').some((node) =>
    /^(1|true)$/.test(attributeOf(node, 'date1904') ?? ''),
  );
  return {
    show: (value, style) => showNumber(value, kinds[style] ?? 'number', since1904 ? EPOCH_1904 : EPOCH_1900),
  };
}

function readCode(code: string): Kind {
  const bare = code.replace(/"[^"]*"|\\.|\[(?!h|m|s)[^\]]*\]/gi, '');
  const day = /[dy]/i.test(bare) || /mmm/i.test(bare);
  const clock = /[hs]/i.test(bare);
  if (day) return clock ? 'moment' : 'date';
  if (clock) return 'time';
  return bare.includes('%') ? 'percent' : 'number';
}

function showNumber(value: number, kind: Kind, epoch: number): string {
  if (!Number.isFinite(value)) return '';
  if (kind === 'number') return String(Number(value.toPrecision(15)));
  if (kind === 'percent') return `${Number((value * 100).toPrecision(12))}%`;
  const time = new Date(epoch + Math.round(value * DAY_MS));
  if (value < 0 || Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9_999) return String(value);
  const [day, clock] = time.toISOString().slice(0, 19).split('T') as [string, string];
  if (kind === 'time') return clock;
  return kind === 'date' || clock === '00:00:00' ? day : `${day} ${clock}`;
}
