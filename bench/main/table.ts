import type { BenchResult } from '../result.js';

/** The figures of a run as a table, and the machine that they belong to. */
export function figures({ name, machine, measures }: BenchResult): string {
  const rows = measures.map((measure) => [
    measure.name,
    `${short(measure.value)} ${measure.unit}`,
    measure.baseline === null ? '' : `${short(measure.baseline)} ${measure.unit}`,
    measure.ratio === null ? '' : measure.ratio.toFixed(2),
    measure.aim ?? '',
    measure.met === null ? '' : measure.met ? 'met' : 'NOT met',
  ]);
  const table = [['measure', 'value', 'baseline', 'ratio', 'aim', ''], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd());
  const { cpu, cores, memory, node } = machine;
  return [`${name} on ${cores} x ${cpu}, ${memory} GiB, Node ${node}`, ...lines].join('\n');
}

/** Three digits that count. */
const short = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));
