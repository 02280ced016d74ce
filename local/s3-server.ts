/** Gets the S3-compatible server that the tests of the file storage run against. The product needs none. */
import { buildWithGo, isExecutable, keepInCache, onPath, type Report } from './cached-programs.js';

const VERSION = 'v1.8.0';
const PROGRAM = 'versitygw';

/** No way to get a server. The message is one sentence that says what to do. */
export class S3ServerNotFoundError extends Error {}

/**
 * The path of Versity's S3 gateway (Apache-2.0), which serves a folder: on PATH, in the cache, or built by Go.
 * @throws {S3ServerNotFoundError}
 */
export async function findS3Server(report: Report, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const installed = onPath(PROGRAM, env);
  if (installed !== undefined && isExecutable(installed)) return installed;
  const wanted = { label: 'S3 server', package: 'github.com/versity/versitygw/cmd/versitygw', modules: { 'github.com/versity/versitygw': VERSION }, program: PROGRAM, duration: 'about a minute' };
  return keepInCache(PROGRAM, VERSION, env, report, async (folder) => {
    if (await buildWithGo(wanted, folder, env, report)) return;
    throw new S3ServerNotFoundError(`There is no S3-compatible server for the tests: install Go so that ${PROGRAM} can be built, or put it on PATH.`);
  });
}
