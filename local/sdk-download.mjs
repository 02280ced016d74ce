/**
 * Lets the Temporal SDK download a server: `node local/sdk-download.mjs dev-server|test-server FOLDER`. A process of its
 * own, so that a download that hangs can be killed. The server is started once and stopped, which also proves it.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [, , kind, downloadDir] = process.argv;
const server = { executable: { type: 'cached-download', downloadDir } };
try {
  const environment =
    kind === 'dev-server' ? await TestWorkflowEnvironment.createLocal({ server }) : await TestWorkflowEnvironment.createTimeSkipping({ server });
  await environment.teardown();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
