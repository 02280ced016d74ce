import { pathOf, clientPath } from '../../domain/mail/links.js';
import { languages } from '../../domain/mail/languages/index.js';
import { mailProblems, retryDelayMs, type MailOutcome, type MailState } from '../../domain/mail/outcome.js';
import type { MailSource } from '../../domain/mail/render.js';
import { sentAtMostOnce, type TemplateName } from '../../domain/mail/templates.js';
import type { Mail } from '../../prisma/generated/client.js';
import type { Store, StoreContext } from '../context.js';
