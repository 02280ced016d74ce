/** `npm start`: the embedded stack until Ctrl-C. `--data FOLDER` (or DATA_DIR) says where everything is kept. */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunningStackInfo } from './running-stack.js';
import { demoUsersFile, seedDemo, type DemoUser } from './seed.js';
import { startStack, type Stack } from './stack.js';
import { StackError } from './stack-error.js';

const USAGE = 'Usage: npm start -- [--data FOLDER]';

function dataFolder(): string {
  try {
    const { values } = parseArgs({ options: { data: { type: 'string' }, help: { type: 'boolean', default: false } } });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return values.data ?? (process.env['DATA_DIR'] || '.data');
  } catch (error) {
    console.error(`${(error as Error).message.split('. ')[0]}. ${USAGE}`);
    process.exit(1);
  }
}

let stack: Stack | undefined;
const starting = new AbortController();
let interrupts = 0;
let exitCode = 0;

async function stop(): Promise<void> {
  await stack?.close();
  process.exit(exitCode);
}

function onInterrupt(): void {
  interrupts += 1;
  if (interrupts > 1) {
    stack?.kill();
    process.exit(130);
  }
  console.log('\nStopping (Ctrl-C again to stop at once) ...');
  if (stack === undefined) starting.abort();
  else void stop();
}
process.on('SIGINT', onInterrupt);
process.on('SIGTERM', onInterrupt);

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

function describe(info: RunningStackInfo, users: readonly DemoUser[], seconds: string): string {
  const { urls } = info;
  const addresses: [string, string][] = [['API', urls.api]];
  if (urls.temporalUi !== undefined) addresses.push(['Temporal Web UI', urls.temporalUi]);
  if (urls.itGlueWeb !== undefined) addresses.push(['IT Glue stand-in', urls.itGlueWeb]);
  if (urls.mail !== undefined) addresses.push(['Mail that was sent', urls.mail]);
  addresses.push(['Data and logs', info.dataFolder]);
  const tenant = users[0]?.tenant;
  const tokens = users.filter((user) => user.tenant === tenant).map((user): [string, string] => [`${user.role} (${user.name})`, user.token]);
  const file = relative('', demoUsersFile(info.dataFolder));
  return [
    `Ready in ${seconds} s.`,
    table(addresses),
    ...(tenant === undefined ? [] : [`Sign-in tokens of the demo tenant ${tenant} (all in ${file}):`, table(tokens)]),
    'Ctrl-C stops everything; npm start goes on where it was.',
  ].join('\n\n');
}

try {
  const folder = dataFolder();
  console.log('Starting PostgreSQL, Temporal, the stand-ins of IT Glue and of a mail server, worker and API ...');
  stack = await startStack({
    dataFolder: folder,
    ports: 'fixed',
    signal: starting.signal,
    report: (line) => console.log(line),
    onGivenUp: (error) => {
      console.error(error.message);
      exitCode = 1;
      void stop();
    },
  });
  const users = await seedDemo(stack.info);
  console.log(`\n${describe(stack.info, users, process.uptime().toFixed(1))}`);
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  await stack?.close();
  process.exit(starting.signal.aborted ? 130 : 1);
}
