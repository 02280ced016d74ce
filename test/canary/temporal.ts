/** What Temporal tells of every workflow: as it lies there, decoded with the payload key, and what its lists show. */
import type { Connection } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { EncryptionCodec } from '../../temporal/payload-codec.js';
import type { Found, Look } from './database.js';
import type { Search } from './search.js';

export interface Histories {
  readonly raw: Look;
  readonly decoded: Look;
  /** Search attributes and memos, and what else a list of workflows shows. */
  readonly listed: Look;
}

const pageSize = 200;

export async function searchTemporal(connection: Connection, namespace: string, codec: EncryptionCodec, search: Search): Promise<Histories> {
  const looks = { raw: new Looking(search), decoded: new Looking(search), listed: new Looking(search) };
  for await (const info of listed(connection, namespace)) {
    const workflowId = info.execution?.workflowId ?? '';
    looks.listed.at(workflowId, leaves(info));
    const described = await connection.workflowService.describeWorkflowExecution({ namespace, execution: info.execution ?? null });
    for await (const event of events(connection, namespace, info.execution ?? {})) {
      looks.raw.at(workflowId, leaves(event));
      looks.decoded.at(workflowId, await opened(event, codec));
    }
    looks.raw.at(workflowId, leaves(described));
    looks.decoded.at(workflowId, await opened(described, codec));
  }
  return { raw: looks.raw.look, decoded: looks.decoded.look, listed: looks.listed.look };
}

async function* listed(connection: Connection, namespace: string) {
  let nextPageToken: Uint8Array | null = null;
  do {
    const answer: Awaited<ReturnType<Connection['workflowService']['listWorkflowExecutions']>> = await connection.workflowService.listWorkflowExecutions({ namespace, pageSize, nextPageToken });
    yield* answer.executions ?? [];
    nextPageToken = answer.nextPageToken ?? null;
  } while (nextPageToken !== null && nextPageToken.length > 0);
}

async function* events(connection: Connection, namespace: string, execution: { workflowId?: string | null; runId?: string | null }) {
  let nextPageToken: Uint8Array | null = null;
  do {
    const answer: Awaited<ReturnType<Connection['workflowService']['getWorkflowExecutionHistory']>> = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution, nextPageToken });
    yield* answer.history?.events ?? [];
    nextPageToken = answer.nextPageToken ?? null;
  } while (nextPageToken !== null && nextPageToken.length > 0);
}

/** Gathers what one kind of look finds. */
class Looking {
  readonly #found: Found[] = [];
  #items = 0;
  #bytes = 0;

  constructor(private readonly search: Search) {}

  get look(): Look {
    return { found: this.#found, items: this.#items, bytes: this.#bytes };
  }

  at(workflowId: string, values: readonly Buffer[]): void {
    const bytes = Buffer.concat(values.flatMap((value) => [value, Buffer.from('\n')]));
    this.#items += 1;
    this.#bytes += bytes.length;
    // The ids in a workflow's name say nothing; its kind is what one looks for.
    this.#found.push(...this.search.in(bytes).map((hit) => ({ ...hit, where: workflowId.split('/')[0]! })));
  }
}

/** Every text and every sequence of bytes of a message, and the names of its members. */
function leaves(value: unknown): Buffer[] {
  if (typeof value === 'string') return [Buffer.from(value)];
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([name, inner]) => [Buffer.from(name), ...leaves(inner)]);
  return value === undefined || value === null ? [] : [Buffer.from(String(value as number))];
}

/** The same with each payload decoded; what lies within a payload may be one again. */
async function opened(value: unknown, codec: EncryptionCodec): Promise<Buffer[]> {
  if (isPayload(value)) {
    const [plain] = await codec.decode([value]);
    return plain === value ? leaves(value) : opened(plain, codec);
  }
  if (value instanceof Uint8Array) return leaves(value);
  if (Array.isArray(value)) return (await Promise.all(value.map((one) => opened(one, codec)))).flat();
  if (typeof value === 'object' && value !== null) return (await Promise.all(Object.values(value).map((one) => opened(one, codec)))).flat();
  return leaves(value);
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && 'metadata' in value && 'data' in value && value.data instanceof Uint8Array;
}
