import type { ApiSettings } from '../settings/index.js';
import type { SessionPolicy } from '../store/index.js';
import type { OidcSettings } from './oidc.js';
import type { WebSettings } from './session-cookie.js';

export type SessionSettings = Pick<ApiSettings, 'SESSION_IDLE_MINUTES' | 'SESSION_HOURS'> & WebSettings & OidcSettings;

/** How long sessions live, by the settings. */
export function sessionPolicy(settings: SessionSettings): SessionPolicy {
  return { idleMs: settings.SESSION_IDLE_MINUTES * 60_000, absoluteMs: settings.SESSION_HOURS * 3_600_000 };
}
