import { problem } from './schemas/common.js';
import { problemKinds, type ProblemCode } from './problem.js';

export type Tag = 'People' | 'Clients' | 'Records' | 'Sections' | 'Decisions' | 'Exports' | 'Downloads' | 'Mail' | 'History' | 'Connection';

/** Either of them; see plugins/documentation.ts. */
const signIns: readonly Readonly<Record<string, readonly string[]>>[] = [{ bearer: [] }, { session: [] }];

/** What the document says of an operation beside its schemas. */
export function words(operationId: string, tag: Tag, summary: string, description?: string) {
  return { operationId, tags: [tag], summary, ...(description ? { description } : {}), security: signIns };
}

/** The same for an operation that needs no sign-in. */
export function openWords(...all: Parameters<typeof words>) {
  return { ...words(...all), security: [] };
}

/** Problems that any address under /v1 may answer with. */
const everywhere: readonly ProblemCode[] = ['unauthenticated', 'too_many_requests', 'internal', 'database_unavailable', 'keys_unavailable'];

/**
 * The problem answers of an operation, one entry a status, for its `response`. Typed as empty so that what a handler returns
 * is checked against its good answers alone.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export function problems(...codes: readonly ProblemCode[]): {} {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes, ...everywhere]) {
    const [status] = problemKinds[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, these]) => [
      status,
      {
        description: these.map((code) => `\`${code}\`: ${problemKinds[code][1]}.`).join(' '),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  );
}
