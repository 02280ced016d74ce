import type { Resource } from './field.js';
import type { ResourceName } from '../storage/rows.js';
import { domains, expirations, exports_, groups } from './account.js';
import { attachments, relatedItems } from './attached.js';
import { configurationInterfaces, configurations } from './configurations.js';
import { contacts } from './contacts.js';
import { locations } from './locations.js';
import {
  configurationStatuses, configurationTypes, contactTypes, countries, manufacturers, models, operatingSystems, organizationStatuses,
  organizationTypes, passwordCategories, platforms, regions, users,
} from './lookups.js';
import { organizations } from './organizations.js';
import { passwords } from './passwords.js';

/** Every resource that keeps records. Logs and user metrics are computed (see computed.ts). */
export const resources: Readonly<Record<ResourceName, Resource>> = {
  organizations, organization_types: organizationTypes, organization_statuses: organizationStatuses, locations, contacts, contact_types: contactTypes,
  configurations, configuration_types: configurationTypes, configuration_statuses: configurationStatuses, configuration_interfaces: configurationInterfaces,
  manufacturers, models, operating_systems: operatingSystems, platforms, countries, regions, passwords, password_categories: passwordCategories,
  attachments, related_items: relatedItems, users, groups, domains, expirations, exports: exports_,
};
