// Command line entry of the mail catcher: `npx tsx sandbox/mail/main.ts --smtp-port 4025 --web-port 4026`.

import { parseArgs } from 'node:util';
import { startMailCatcher } from './index.js';

const usage = 'Usage: sandbox/mail/main.ts [--smtp-port N] [--web-port N] [--host NAME] [--data FOLDER]';

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { 'smtp-port': { type: 'string', default: '4025' }, 'web-port': { type: 'string', default: '4026' }, host: { type: 'string', default: '127.0.0.1' }, data: { type: 'string' } },
    });
    const port = (name: 'smtp-port' | 'web-port') => {
      const value = /^\d{1,5}$/.test(values[name]) ? Number(values[name]) : 65_536;
      return value > 65_535 ? fail(`--${name} must be a whole number from 0 to 65535, not "${values[name]}".`) : value;
    };
    return { smtpPort: port('smtp-port'), webPort: port('web-port'), host: values.host, ...(values.data === undefined ? {} : { folder: values.data }) };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message.split('. ')[0] : 'Bad arguments'}. ${usage}`);
  }
}

const options = readOptions();
try {
  const catcher = await startMailCatcher(options);
  const stop = () => void catcher.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  console.log(`Mail catcher (delivers nothing)\n  SMTP: ${catcher.smtpUrl}\n  Web:  ${catcher.webUrl}`);
  console.log(`READY ${JSON.stringify({ smtpUrl: catcher.smtpUrl, webUrl: catcher.webUrl })}`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  fail(code === 'EADDRINUSE' ? `A port of ${options.smtpPort} and ${options.webPort} on ${options.host} is taken; choose others with --smtp-port and --web-port.` : `Could not start: ${message}`);
}
