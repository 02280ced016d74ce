/** Gets the Vault server that the tests of the transit key provider run against. The product needs none. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildWithGo, keepInCache, type GoProgram, type Report } from './cached-programs.js';

/**
 * Under the MPL 2.0, and buildable from outside: a release of Vault has a `replace` for its `sdk`, which counts there alone, and for most
 * of them (1.13.12, 1.14.1 and 1.14.8 were tried) that state of the `sdk` was never published as a module.
 */
const VERSION = 'v1.13.2';
const PROGRAM = 'vault-transit';

/** No way to get a server. The message is one sentence that says what to do. */
export class VaultServerNotFoundError extends Error {}

/**
 * The path of a program that serves HashiCorp Vault's core and transit engine from memory (`PROGRAM ADDRESS`; vault-server/main.go):
 * in the cache, or built by Go.
 * @throws {VaultServerNotFoundError}
 */
export async function findVaultServer(report: Report, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const wanted = vaultServer();
  const state = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 8);
  return keepInCache(PROGRAM, `${VERSION}-${state}`, env, report, async (folder) => {
    if (await buildWithGo(wanted, folder, env, report)) return;
    throw new VaultServerNotFoundError(
      `There is no Vault server for the tests of the transit key provider: install Go 1.25 or newer, with access to a Go module proxy, so that ${PROGRAM} (github.com/hashicorp/vault ${VERSION}) can be built.`,
    );
  });
}

function vaultServer(): GoProgram {
  const discovery = 'github.com/hashicorp/go-discover';
  const seals = ['alicloudkms', 'awskms', 'azurekeyvault', 'gcpckms', 'ocikms'];
  return {
    label: 'Vault server',
    package: '.',
    modules: { 'github.com/hashicorp/vault': VERSION },
    program: PROGRAM,
    duration: 'one to three minutes',
    sources: { 'main.go': source('main.go') },
    // What reaches into clouds is more than half of what would be downloaded and built, and nothing that is tested here.
    replacements: {
      [discovery]: { 'discover.go': source('left-out/discover/discover.go'), 'provider/k8s/k8s.go': 'package k8s\n\ntype Provider struct{}\n' },
      ...Object.fromEntries(seals.map((name) => [`github.com/hashicorp/go-kms-wrapping/wrappers/${name}/v2`, { 'seal.go': source('left-out/seal/seal.go').replace('\npackage seal\n', `\npackage ${name}\n`) }])),
    },
  };
}

const source = (name: string) => readFileSync(new URL(`./vault-server/${name}`, import.meta.url), 'utf8');
