// Command line entry of the stand-in: `npx tsx sandbox/main.ts --port 4010`.

import { parseArgs } from 'node:util';
import { startItGlueSandbox } from './it-glue/index.js';
import { PersistenceError } from './it-glue/storage/persistence.js';

const usage = 'Usage: sandbox/main.ts [--port N] [--host NAME] [--api-key KEY] [--data FILE [--durable]] [--log-level silent|info]';

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '4010' }, host: { type: 'string', default: '127.0.0.1' }, 'api-key': { type: 'string' }, data: { type: 'string' },
        durable: { type: 'boolean', default: false }, 'log-level': { type: 'string', default: 'silent' }, help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : 65_536;
    if (port > 65_535) fail(`--port must be a whole number from 0 to 65535, not "${values.port}".`);
    if (values['log-level'] !== 'silent' && values['log-level'] !== 'info') fail(`--log-level must be silent or info, not "${values['log-level']}".`);
    if (values['api-key'] === '') fail('--api-key must not be empty.');
    if (values.durable && values.data === undefined) fail('--durable needs --data FILE.');
    return { ...values, port, info: values['log-level'] === 'info' };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message.split('. ')[0] : 'Bad arguments'}. ${usage}`);
  }
}

const options = readOptions();
const started = startItGlueSandbox({
  port: options.port,
  host: options.host,
  ...(options['api-key'] === undefined ? {} : { apiKey: options['api-key'] }),
  ...(options.data === undefined ? {} : { dataFile: options.data, durability: options.durable ? ('fsync' as const) : ('journal' as const) }),
  ...(options.info ? { onRequest: (line: string) => console.error(line) } : {}),
});

try {
  const sandbox = await started;
  let closing = false;
  const stop = (): void => {
    if (closing) return;
    closing = true;
    sandbox.close().then(() => process.exit(0), (error: unknown) => fail(`Could not save: ${error instanceof Error ? error.message : 'unknown error'}`));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Whoever gave the key knows it, and what is printed here may be kept in a log.
  const shownKey = options['api-key'] === undefined ? sandbox.apiKey : 'as given by --api-key';
  console.log(`IT Glue stand-in (not the real service)\n  API:     ${sandbox.url}\n  Web:     ${sandbox.webUrl}\n  API key: ${shownKey}`);
  console.log(`READY ${JSON.stringify({ url: sandbox.url, webUrl: sandbox.webUrl, apiKey: sandbox.apiKey })}`);
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') fail(`Port ${options.port} on ${options.host} is taken; choose another with --port.`);
  if (code === 'EACCES') fail(`Port ${options.port} on ${options.host} may not be used by this user; choose another with --port.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') fail(`${options.host} is not an address of this machine.`);
  fail(error instanceof PersistenceError ? error.message : `Could not start: ${error instanceof Error ? error.message : 'unknown error'}`);
}
