import { ExportSpan } from './export-span';

const HOUR = 3_600_000;
const at = (hours: number): number => Date.UTC(2026, 1, 1) + hours * HOUR;
/** Four hours: 10, 0, 70 and 20 events. */
const span = () => new ExportSpan(at(0), HOUR, [10, 0, 70, 20]);

describe('ExportSpan', () => {
  it('goes by events, not by time, and never says that all is written', () => {
    const it = span();
    expect([0, 0.5, 1, 2, 2.5, 3, 3.5, 4, 9].map((hours) => it.percentAt(at(hours)))).toEqual([0, 5, 10, 10, 45, 80, 90, 99, 99]);
  });

  it('begins at the first row, whatever was counted before it', () => {
    const it = span();
    expect([2, 3, 3.5].map((hours) => it.percentAt(at(hours)))).toEqual([0, 77, 88]);
  });

  it('says 0 where nothing is rolled up', () => {
    const it = new ExportSpan(at(0), HOUR, []);
    expect([0, 3].map((hours) => it.percentAt(at(hours)))).toEqual([0, 0]);
  });
});
