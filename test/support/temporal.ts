/** Temporal servers for tests: the dev server (real time, all features) and the time-skipping server. */
import { spawn } from 'node:child_process';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { startOrphanGuard } from '../../local/orphan-guard.js';
import { freePort } from '../../local/ports.js';
import { findTemporalCli, findTestServer } from '../../local/temporal-binaries.js';
import { untilTemporalServes } from '../../local/temporal-health.js';
import { searchAttributes } from '../../workflows/contract.js';
import { testConverter } from './lifecycle.js';

/** Types of search attributes that the CLI's --search-attribute takes. */
export type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export interface DevServer {
  /** host:port of the gRPC frontend. */
  address: string;
  namespace: string;
  /** Connections and a client for the server, made by the SDK. */
  environment: TestWorkflowEnvironment;
  close(): Promise<void>;
}

/** Tests say what they do in their names; only a first download or build is worth a line. */
const report = (line: string) => console.error(line);

/**
 * Dynamic settings with which a deleted execution is gone within two seconds. The server removes it only after it has noted
 * how far its queues came, by default twice a minute.
 */
export const quickDeletion = { 'history.transferProcessorUpdateAckInterval': '"1s"', 'history.visibilityProcessorUpdateAckInterval': '"1s"' } as const;

/** The SDK's own start gives a server 5 s, which a busy machine may need twice over: the servers are started here instead. */
const READY_WITHIN_MS = 90_000;
const HOST = '127.0.0.1';

/** Starts a Temporal dev server, in memory, on a free port. */
export async function startDevServer(options: { searchAttributes?: Record<string, SearchAttributeType>; settings?: Readonly<Record<string, string>> } = {}): Promise<DevServer> {
  const settings = { 'frontend.enableServerVersionCheck': 'false', ...options.settings };
  const server = await startServer(await findTemporalCli(report), (port) => [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--headless', '--log-level', 'warn'],
    ...Object.entries(options.searchAttributes ?? {}).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...Object.entries(settings).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
  ]);
  const environment = await endedWith(server, () => TestWorkflowEnvironment.createFromExistingServer({ address: server.address }));
  return { address: server.address, namespace: environment.namespace ?? 'default', environment, close: () => environment.teardown() };
}

/** The server's numbers for the types of search attributes that ours have. */
const attributeTypes = { Keyword: 2, Bool: 5, Datetime: 6 } as const;

/** What all public ways of the SDK to an environment call; none of them leads to a time-skipping server that runs already. */
const anyEnvironment = TestWorkflowEnvironment as unknown as { create(options: object): Promise<TestWorkflowEnvironment> };

/** Starts the time-skipping server on a free port, with our search attributes. The caller tears the environment down. */
export async function startTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const server = await startServer(await findTestServer(report), (port) => [String(port)]);
  const environment = await endedWith(server, () =>
    anyEnvironment.create({ server: { type: 'existing' }, supportsTimeSkipping: true, address: server.address, client: { dataConverter: testConverter } }),
  );
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.entries(searchAttributes).map(([name, type]) => [name, attributeTypes[type]])),
  });
  return environment;
}

interface Server {
  readonly address: string;
  stop(): Promise<void>;
}

async function startServer(program: string, args: (port: number) => string[]): Promise<Server> {
  const port = await freePort();
  const child = spawn(program, args(port), { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const guard = startOrphanGuard();
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  if (child.pid) guard.add(child.pid);
  const server = {
    address: `${HOST}:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      guard.done();
    },
  };
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(new Error(`it did not serve within ${READY_WITHIN_MS / 1_000} s`)), READY_WITHIN_MS);
  void ended.then((why) => tooLate.abort(new Error(why)));
  try {
    await untilTemporalServes(server.address, tooLate.signal);
    return server;
  } catch (error) {
    await server.stop();
    throw new Error(`A Temporal server for tests did not start: ${String((tooLate.signal.reason as Error | undefined)?.message)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The environment of a server, which ends with it. */
async function endedWith(server: Server, connect: () => Promise<TestWorkflowEnvironment>): Promise<TestWorkflowEnvironment> {
  const environment = await connect().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const teardown = environment.teardown.bind(environment);
  environment.teardown = () => teardown().finally(() => server.stop());
  return environment;
}
