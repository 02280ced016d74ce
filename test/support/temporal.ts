/** Temporal servers for tests: the dev server (real time, all features) and the time-skipping server. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporalCli, findTestServer } from '../../local/temporal-binaries.js';

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

/**
 * Starts the time-skipping server on a free port. It knows no search attributes until they are registered:
 * `environment.connection.operatorService.addSearchAttributes`. The caller tears the environment down.
 */
export async function startTimeSkippingEnvironment(
  client: NonNullable<Parameters<typeof TestWorkflowEnvironment.createTimeSkipping>[0]>['client'] = {},
): Promise<TestWorkflowEnvironment> {
  const path = await findTestServer(report);
  return startPatiently(() => TestWorkflowEnvironment.createTimeSkipping({ client, server: { executable: { type: 'existing-path', path } } }));
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
