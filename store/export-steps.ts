import { Prisma } from '../prisma/generated/client.js';
import type { Resource } from '../domain/it-glue/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { newId } from './ids.js';

/** What one attempt works on at a time: the records of a resource, or the words of the account's lists that they use. */
export type ExportStepName = Resource | 'lists';

/** The right of one attempt to work on one step of a client's export, until another attempt takes the step over. */
export interface StepHold {
  readonly clientId: string;
  readonly resource: ExportStepName;
  readonly holder: string;
}

/** The step is another attempt's: Temporal heard nothing of this one for too long, as of a process that stood still. */
export class StepTaken extends Error {
  override name = 'StepTaken';
  constructor() {
    super('Another attempt of this export step has taken over');
  }
}

/** Takes the steps, also from an attempt that still runs: from now on that one can write no intent any more. */
export async function takeSteps(context: StoreContext, client: ClientKey, steps: readonly ExportStepName[]): Promise<ReadonlyMap<ExportStepName, StepHold>> {
  const { tenantId, clientId } = ofClient(client);
  const holder = newId();
  // In one order, so that two attempts that take several steps never wait for each other.
  await context.db.$executeRaw`
    INSERT INTO "ExportStep" ("tenantId", "clientId", "resource", "holder", "takenAt")
    SELECT ${tenantId}::uuid, ${clientId}::uuid, s, ${holder}::uuid, now() FROM unnest(${[...new Set(steps)].sort()}::text[]) AS s
    ON CONFLICT ("clientId", "resource") DO UPDATE SET "holder" = EXCLUDED."holder", "takenAt" = EXCLUDED."takenAt"`;
  return new Map(steps.map((resource) => [resource, { clientId, resource, holder }]));
}

/** A row while the hold is good. Locked, so that whoever takes the step waits for the statement and then sees what it wrote. */
export function heldStep({ clientId, resource, holder }: StepHold): Prisma.Sql {
  return Prisma.sql`SELECT 1 FROM "ExportStep" WHERE "clientId" = ${clientId}::uuid AND "resource" = ${resource} AND "holder" = ${holder}::uuid FOR SHARE`;
}
