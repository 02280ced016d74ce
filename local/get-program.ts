/** `node local/run.mjs local/get-program.ts NAME`: prints the program's path on stdout, progress on stderr. */
import { findS3Server, S3ServerNotFoundError } from './s3-server.js';
import { findTemporalCli, findTestServer, TemporalNotFoundError } from './temporal-binaries.js';
import { findVaultServer, VaultServerNotFoundError } from './vault-server.js';

const programs = { temporal: findTemporalCli, 'test-server': findTestServer, 's3-server': findS3Server, 'vault-server': findVaultServer };

try {
  console.log(await programs[process.argv[2] as keyof typeof programs]((line) => console.error(line)));
} catch (error) {
  const isExplained = [TemporalNotFoundError, S3ServerNotFoundError, VaultServerNotFoundError].some((kind) => error instanceof kind);
  console.error(isExplained ? (error as Error).message : error);
  process.exitCode = 1;
}
