/** `node local/run.mjs local/get-temporal.ts temporal|test-server`: prints the program's path on stdout, progress on stderr. */
import { findTemporalCli, findTestServer, TemporalNotFoundError } from './temporal-binaries.js';

const report = (line: string) => console.error(line);
try {
  console.log(process.argv[2] === 'test-server' ? await findTestServer(report) : await findTemporalCli(report));
} catch (error) {
  console.error(error instanceof TemporalNotFoundError ? error.message : error);
  process.exitCode = 1;
}
