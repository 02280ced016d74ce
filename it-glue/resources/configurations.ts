import { z } from 'zod';
import type { Caller } from '../caller.js';
import { read, type ItGlueId } from '../envelope.js';
import { encodeAttributes } from '../wire-names.js';
import { organizationRecords, type OrganizationRecords } from './organization-records.js';

/** A further network interface; `primaryIp` and `macAddress` of the configuration already make the primary one. */
export interface ConfigurationInterfaceAttributes {
  readonly name?: string | null;
  readonly ipAddress?: string | null;
  readonly macAddress?: string | null;
  readonly primary?: boolean | null;
  readonly notes?: string | null;
}

/** Writable attributes of a configuration. Dates are `yyyy-mm-dd`. Ids outside the account are refused as `noAccess`. */
export interface ConfigurationAttributes {
  readonly name: string;
  readonly configurationTypeId: ItGlueId;
  readonly configurationStatusId?: ItGlueId | null;
  readonly locationId?: ItGlueId | null;
  readonly contactId?: ItGlueId | null;
  readonly manufacturerId?: ItGlueId | null;
  readonly modelId?: ItGlueId | null;
  readonly operatingSystemId?: ItGlueId | null;
  readonly operatingSystemNotes?: string | null;
  readonly notes?: string | null;
  readonly hostname?: string | null;
  readonly primaryIp?: string | null;
  /** At most 17 characters, the only length that IT Glue documents. */
  readonly macAddress?: string | null;
  readonly defaultGateway?: string | null;
  readonly serialNumber?: string | null;
  readonly assetTag?: string | null;
  readonly position?: string | null;
  readonly installedBy?: string | null;
  readonly purchasedBy?: string | null;
  readonly purchasedAt?: string | null;
  readonly warrantyExpiresAt?: string | null;
  readonly installedAt?: string | null;
  readonly mitpDeviceExpirationDate?: string | null;
  readonly mitpEndOfLifeDate?: string | null;
  readonly restricted?: boolean | null;
  readonly archived?: boolean | null;
  /** Created together with the configuration. */
  readonly interfaces?: readonly ConfigurationInterfaceAttributes[];
}

const configuration = z.object({
  organizationId: read.id,
  resourceUrl: read.text,
  name: read.text,
  configurationTypeId: read.id,
  configurationTypeName: read.text,
  configurationStatusId: read.id,
  configurationStatusName: read.text,
  locationId: read.id,
  contactId: read.id,
  manufacturerId: read.id,
  manufacturerName: read.text,
  modelId: read.id,
  modelName: read.text,
  operatingSystemId: read.id,
  operatingSystemNotes: read.text,
  notes: read.text,
  hostname: read.text,
  primaryIp: read.text,
  macAddress: read.text,
  defaultGateway: read.text,
  serialNumber: read.text,
  assetTag: read.text,
  position: read.text,
  installedBy: read.text,
  purchasedBy: read.text,
  purchasedAt: read.text,
  warrantyExpiresAt: read.text,
  installedAt: read.text,
  mitpDeviceExpirationDate: read.text,
  mitpEndOfLifeDate: read.text,
  restricted: read.flag,
  archived: read.flag,
  createdAt: read.text,
  updatedAt: read.text,
});

export type Configuration = z.output<typeof configuration>;
export type Configurations = OrganizationRecords<ConfigurationAttributes, Configuration>;

export function configurations(caller: Caller): Configurations {
  return organizationRecords<ConfigurationAttributes, Configuration>(caller, {
    resource: 'configurations',
    reader: configuration,
    encode: ({ interfaces, ...attributes }) => ({
      attributes,
      ...(interfaces && interfaces.length > 0 && { relationships: interfaceRelationship(interfaces) }),
    }),
  });
}

function interfaceRelationship(interfaces: readonly ConfigurationInterfaceAttributes[]): object {
  const type = 'configuration_interfaces';
  return { [type]: { data: interfaces.map((item) => ({ type, attributes: encodeAttributes(item) })) } };
}
