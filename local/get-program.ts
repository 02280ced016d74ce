/** `node local/run.mjs local/get-program.ts NAME`: prints the program's path on stdout, progress on stderr. */
import { findS3Server, S3ServerNotFoundError } from './s3-server.js';
import { findTemporalCli, findTestServer, TemporalNotFoundError } from './temporal-binaries.js';

const programs = { temporal: findTemporalCli, 'test-server': findTestServer, 's3-server': findS3Server };

try {
  console.log(await programs[process.argv[2] as keyof typeof programs]((line) => console.error(line)));
} catch (error) {
  console.error(error instanceof TemporalNotFoundError || error instanceof S3ServerNotFoundError ? error.message : error);
  process.exitCode = 1;
}
