import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readApiSettings, readWorkerSettings, SettingsError } from '../../settings/index.js';
import { apiVariables, workerVariables } from '../../settings/variables.js';

/** What each process needs at least. */
const common = {
  DATABASE_URL: 'postgresql://app@127.0.0.1:5432/app',
  KEY_ENCRYPTION_KEY_FILE: '/keys/kek',
  NAME_HASH_KEY_FILE: '/keys/names',
  KEY_STORE_DIR: '/keys/store',
  PAYLOAD_KEY_FILE: '/keys/payload',
};
const api = { ...common, IT_GLUE_PUBLIC_KEY_FILE: '/keys/it-glue.pub' };
const worker = { ...common, IT_GLUE_PRIVATE_KEY_FILE: '/keys/it-glue' };

/** Values that a variable cannot have. `zz9` is the mark that must not come back. */
const wrong: Record<string, readonly string[]> = {
  DATABASE_URL: ['zz9', 'mysql://zz9:zz9@h/db', 'http://zz9'],
  DATABASE_CONNECTIONS: ['zz9', '0', '201', '1.5'],
  KEY_STORE_URL: ['zz9', 'https://zz9'],
  KEY_TRANSIT_URL: ['zz9'],
  FILES_S3_ENDPOINT: ['zz9'],
  KEY_TRANSIT_MOUNT: ['zz9 /'],
  KEY_TRANSIT_KEY: ['zz9/x'],
  API_PORT: ['zz9', '-1', '65536', '80.5'],
  API_RATE_LIMIT: ['zz9', '0'],
  DOWNLOAD_HOURS: ['zz9', '0', '169'],
  DECISION_TIMEOUT_MS: ['zz9', '499', '30001'],
  TRUST_PROXY: ['zz9', 'true', '2', '0.0.0.0/0', '10.0.0.1,zz9', '10.0.0.1/33'],
  PUBLIC_URL: ['zz9', 'ftp://zz9'],
  IDENTITY_PROVIDER_NETWORK: ['zz9'],
  SESSION_IDLE_MINUTES: ['zz9', '0', '1441'],
  SESSION_HOURS: ['zz9', '0', '169'],
  LOG_LEVEL: ['zz9', 'loud'],
  IT_GLUE_STAND_IN_URL: ['zz9'],
  IT_GLUE_STAND_IN_WEB_URL: ['zz9'],
  IT_GLUE_RATE_SHARE: ['zz9', '0', '1.1'],
  IT_GLUE_TIMEOUT_MS: ['zz9', '99'],
  IT_GLUE_SETTLE_MS: ['zz9', '1;2', '1,zz9', ','],
  CODEC_PORT: ['zz9', '70000'],
  LANGUAGE_MODEL_URL: ['zz9'],
  LANGUAGE_MODEL_TIMEOUT_MS: ['zz9', '0'],
};

const processes = [
  { name: 'API', variables: apiVariables, good: api, read: (env: NodeJS.ProcessEnv): Record<string, unknown> => readApiSettings(env) },
  { name: 'worker', variables: workerVariables, good: worker, read: (env: NodeJS.ProcessEnv): Record<string, unknown> => readWorkerSettings(env) },
];

function problemOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('was taken');
}

describe.each(processes)('the settings of the $name', ({ variables, good, read }) => {
  const cases = Object.keys(variables).flatMap((name) => (wrong[name] ?? []).map((value) => ({ name, value })));

  it.each(cases)('refuse $name=$value, naming the variable and never the value', ({ name, value }) => {
    const message = problemOf(() => read({ ...good, [name]: value }));
    expect(message).toContain(`${name}: `);
    expect(message.split('\n'), 'one reason for one variable').toHaveLength(2);
    expect(message).not.toContain('zz9');
  });

  it('name every variable that is missing at once', () => {
    const message = problemOf(() => read({}));
    for (const name of Object.keys(good).filter((one) => !['KEY_STORE_DIR', 'KEY_ENCRYPTION_KEY_FILE'].includes(one))) expect(message).toContain(`${name}: must be`);
  });

  it('take a blank for not set, and trim what is set', () => {
    expect(problemOf(() => read({ ...good, DATABASE_URL: '  ' }))).toContain('DATABASE_URL: ');
    expect(read({ ...good, LOG_LEVEL: ' ' })['LOG_LEVEL']).toBe('info');
    expect(read({ ...good, LOG_LEVEL: ' warn ' })['LOG_LEVEL']).toBe('warn');
  });

  it('take nothing else from the environment', () => {
    expect(Object.keys(read({ ...good, HOME: '/x', SECRET: 'y' })).filter((name) => !(name in variables))).toEqual([]);
  });

  it('have words for every variable', () => {
    for (const [name, rule] of Object.entries(variables)) expect((rule as { description?: string }).description ?? '', name).not.toBe('');
  });
});

it('are told in docs/settings.md, each variable', async () => {
  const text = await readFile(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  for (const name of new Set([...Object.keys(apiVariables), ...Object.keys(workerVariables)])) expect(text).toContain(`| \`${name}\` |`);
});

it('are what a process works with: numbers as numbers, lists as lists, defaults where nothing is said', () => {
  expect(readApiSettings({ ...api, API_PORT: '0', TRUST_PROXY: 'loopback, 10.0.0.0/24' })).toMatchObject({ API_PORT: 0, API_HOST: '127.0.0.1', TRUST_PROXY: ['loopback', '10.0.0.0/24'], DATABASE_CONNECTIONS: 10 });
  expect(readWorkerSettings({ ...worker, IT_GLUE_SETTLE_MS: '10,20' })).toMatchObject({ IT_GLUE_SETTLE_MS: [10, 20], IT_GLUE_RATE_SHARE: 0.6 });
});
