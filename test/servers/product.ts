/** The product's processes on given servers: plain settings in their environment, from the source or as it was built. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../../local/run-to-end.js';
import { connectToStandIn } from '../../local/seed.js';
import { openStore } from '../../store/open.js';
import { seedDemoTenants, type DemoTenant } from '../../store/seed.js';
import { plainEnvironment, type RunningProcess } from './processes.js';
import type { Servers } from './servers.js';

const root = new URL('../../', import.meta.url).pathname;

/** `source`: as a developer runs it. `built`: what `npm run build` made, in a folder that has no source, run from yet another. */
export type Form = 'source' | 'built';

export interface Api extends RunningProcess {
  readonly url: string;
}

export interface Product {
  /** Brings the database to the newest schema by the built command; gives what it said. */
  migrate(): Promise<string>;
  /** Makes the demo tenants; the one of the tier `demo` has a retention of seconds. */
  seed(): Promise<readonly DemoTenant[]>;
  startApi(name: string, form: Form): Promise<Api>;
  startWorker(name: string, form: Form): Promise<RunningProcess>;
}

/** Builds the product and writes its secrets. Nothing is started yet. */
export async function prepareProduct(servers: Servers): Promise<Product> {
  const { processes, folder } = servers;
  const installed = join(folder, 'installed');
  const elsewhere = join(folder, 'elsewhere');
  for (const path of [installed, elsewhere]) mkdirSync(path);
  await install(installed);

  const storeSettings = {
    DATABASE_URL: servers.databaseUrl,
    KEY_STORE_URL: servers.keyStoreUrl,
    KEY_ENCRYPTION_KEY_FILE: secretFile(folder, 'key-encryption-key', randomBytes(32).toString('base64')),
    NAME_HASH_KEY_FILE: secretFile(folder, 'name-hash-key', randomBytes(32).toString('base64')),
  };
  const common = {
    ...storeSettings,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    PAYLOAD_KEY_FILE: secretFile(folder, 'payload-key', randomBytes(32).toString('base64')),
    IT_GLUE_STAND_IN_URL: servers.itGlue.url,
    IT_GLUE_STAND_IN_WEB_URL: servers.itGlue.webUrl,
    SMTP_URL: servers.mail.smtpUrl,
    SMTP_TLS: 'none',
    MAIL_FROM: 'onboarding@harbor.example',
    PUBLIC_URL: 'https://onboarding.example',
    LOG_LEVEL: 'warn',
  };
  const pair = generateKeyPairSync('x25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  const publicKeyFile = secretFile(folder, 'it-glue-public-key', pair.publicKey);
  const forApis = { IT_GLUE_PUBLIC_KEY_FILE: publicKeyFile };
  const forWorkers = { IT_GLUE_PRIVATE_KEY_FILE: secretFile(folder, 'it-glue-private-key', pair.privateKey) };
  const commands: Readonly<Record<Form, (entry: string) => { command: string; args: string[]; cwd: string }>> = {
    source: (entry) => ({ command: process.execPath, args: [join(root, 'local/run.mjs'), `${entry}.ts`], cwd: root }),
    built: (entry) => ({ command: process.execPath, args: [join(installed, 'dist', `${entry}.js`)], cwd: elsewhere }),
  };

  return {
    async migrate() {
      const { command, args, cwd } = commands.built('local/migrate');
      const { code, output } = await runToEnd(command, args, { env: { ...plainEnvironment(), DATABASE_URL: servers.databaseUrl }, cwd, deadlineMs: 60_000 });
      if (code !== 0) throw new Error(`The migration failed: ${output}`);
      return output;
    },
    async seed() {
      const store = await openStore({ ...storeSettings, DATABASE_CONNECTIONS: 2 });
      try {
        const tenants = await seedDemoTenants(store);
        await connectToStandIn(store, tenants, { apiKey: servers.itGlue.apiKey, publicKeyFile });
        return tenants;
      } finally {
        await store.close();
      }
    },
    async startApi(name, form) {
      const api = await processes.start({ name: `${name} (${form})`, ...commands[form]('api/server'), env: { ...common, ...forApis, API_PORT: '0' } });
      return { ...api, url: api.ready['url'] as string };
    },
    startWorker: (name, form) => processes.start({ name: `${name} (${form})`, ...commands[form]('worker/main'), env: { ...common, ...forWorkers } }),
  };
}

/** What is brought to a machine that runs the product: the build, package.json, and its installed packages. */
async function install(folder: string): Promise<void> {
  const dist = join(folder, 'dist');
  const { code, output } = await runToEnd(process.execPath, [join(root, 'local/run.mjs'), 'local/build.ts', '--out', dist], {
    env: plainEnvironment(),
    cwd: root,
    deadlineMs: 240_000,
  });
  if (code !== 0) throw new Error(`npm run build failed: ${output}`);
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

function secretFile(folder: string, name: string, secret: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  return path;
}
