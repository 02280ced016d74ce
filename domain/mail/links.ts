import type { FactsOf, TemplateName } from './templates.js';

/** Where a mail leads, from the public web address on, or null when it leads nowhere. */
export function pathOf(template: TemplateName, facts: object, clientId: string | null): string | null {
  switch (template) {
    case 'invitation':
    case 'password_reset':
      return (facts as FactsOf<'password_reset'>).path;
    case 'sign_in_code':
    case 'reassigned':
    case 'reminder':
    case 'secrets_shown':
      return null;
    case 'key_refused':
    case 'key_near_lapse':
      return '/settings/it-glue';
    case 'sweep_report':
      return '/settings/sweep';
    case 'submitted':
    case 'approved':
    case 'sent_back':
    case 'question':
    case 'answered':
    case 'stuck':
      return clientPath(clientId!, (facts as FactsOf<'submitted'>).section);
    case 'export_done':
    case 'export_blocked':
    case 'retention_warning':
    case 'assigned':
    case 'sign_off_wanted':
    case 'ready':
      return clientPath(clientId!);
  }
}

/** Who saw a client's secrets. */
export const revealsPath = (clientId: string) => `${clientPath(clientId)}/reveals`;

/** A client's page, or one of its sections. */
export function clientPath(clientId: string, section?: string): string {
  return section ? `/clients/${clientId}/${section}` : `/clients/${clientId}`;
}
