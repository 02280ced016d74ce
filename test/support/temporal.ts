/** Temporal servers for tests: the dev server (real time, all features) and the time-skipping server. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporalCli, findTestServer } from '../../local/temporal-binaries.js';
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

/** The SDK waits 5 s for a server; on a busy machine the first start may take longer. */
const ATTEMPTS = 3;

/** Starts a Temporal dev server, in memory, on a free port. */
export async function startDevServer(options: { searchAttributes?: Record<string, SearchAttributeType>; settings?: Readonly<Record<string, string>> } = {}): Promise<DevServer> {
  const path = await findTemporalCli(report);
  const extraArgs = [
    ...Object.entries(options.searchAttributes ?? {}).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...Object.entries(options.settings ?? {}).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
  ];
  const environment = await startPatiently(() =>
    TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path }, extraArgs } }),
  );
  return { address: environment.address, namespace: environment.namespace ?? 'default', environment, close: () => environment.teardown() };
}

/** The server's numbers for the types of search attributes that ours have. */
const attributeTypes = { Keyword: 2, Bool: 5, Datetime: 6 } as const;

/** Starts the time-skipping server on a free port, with our search attributes. The caller tears the environment down. */
export async function startTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = await findTestServer(report);
  const environment = await startPatiently(() =>
    TestWorkflowEnvironment.createTimeSkipping({ client: { dataConverter: testConverter }, server: { executable: { type: 'existing-path', path } } }),
  );
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.entries(searchAttributes).map(([name, type]) => [name, attributeTypes[type]])),
  });
  return environment;
}

async function startPatiently(start: () => Promise<TestWorkflowEnvironment>): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
