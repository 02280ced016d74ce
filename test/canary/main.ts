/** `npm run canary -- [--json FILE]`: plants unique texts in every field of a client, plays its whole life, and looks for them everywhere. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCanary, type CanaryResult } from './run.js';

const usage = 'Usage: npm run canary -- [--json FILE]';

function tell(result: CanaryResult): void {
  const rows = result.places.map(({ phase, place, items, bytes, meant, findings }) => [phase, place, String(items), megabytes(bytes), String(meant), findings === 0 ? 'none' : String(findings)]);
  const head = ['phase', 'place', 'looked at', 'MB', 'meant to be there', 'findings'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  for (const row of [head, ...rows]) console.log(row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '));
  const { backup } = result;
  console.log(`\n${Object.keys(result.planted).length} canaries; ${Object.keys(result.unplanted).length} fields of the catalogue hold none`);
  console.log(`crashes: ${result.crashes.map(({ part, signal }) => `${part} ${signal}`).join(', ')}`);
  console.log(`backup: of ${backup.sealedValues} sealed values none of the purged clients opens with the present keys; ${backup.openedWithKeysFromBefore} canaries open with the keys of its time`);
  const findings = result.findings.map(({ phase, place, where, field, encoding, within, what }) => `FINDING ${phase}: ${field} ${what}: ${place}, ${where}${encoding ? ` (${[...within, encoding].join(', ')})` : ''}`);
  for (const line of findings.slice(0, mostShown)) console.log(line);
  if (findings.length > mostShown) console.log(`... and ${findings.length - mostShown} more; --json FILE has all`);
  for (const sentence of result.wrong) console.log(`WRONG ${sentence}`);
  console.log(result.findings.length + result.wrong.length === 0 ? `\nNothing leaked, in ${result.seconds} s.` : `\n${result.findings.length + result.wrong.length} findings, in ${result.seconds} s.`);
}

const mostShown = 50;

// What was looked at in the metrics is 0: there are none.
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);

let json: string | undefined;
try {
  json = parseArgs({ options: { json: { type: 'string' } } }).values.json;
} catch (error) {
  console.error(`${(error as Error).message.split('. ')[0]}.\n${usage}`);
  process.exit(2);
}
const started = Date.now();
try {
  const result = await runCanary((line) => console.error(`${((Date.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`));
  tell(result);
  if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  process.exit(result.findings.length + result.wrong.length === 0 ? 0 : 1);
} catch (error) {
  console.error(`The run could not be ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
}
