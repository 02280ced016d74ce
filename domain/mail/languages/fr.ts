import { soon } from '../soon.js';
import type { Words } from '../words.js';

const section = { sales: 'données commerciales', accounting: 'données comptables', msp: 'données MSP' } as const;
const seat = { engineer: "ingénieur d'intégration", manager: 'responsable', sales_rep: 'commercial' } as const;
const days = (count: number) => (count === 1 ? '1 jour' : `${count} jours`);

export const fr: Words = {
  greeting: (name) => (name ? `Bonjour ${name},` : 'Bonjour,'),
  closing: (tenant) => `Envoyé par Client Onboarder pour ${tenant}. Les réponses à cette adresse ne sont pas lues.`,
  section,
  reminders: {
    sales_entry: ({ company, idleDays }) => ({ subject: `Rappel : données commerciales de ${company}`, paragraphs: [`Les données commerciales de ${company} sont encore en cours de saisie ; rien ne s'est passé depuis ${days(idleDays)}.`], action: 'Continuer' }),
    accounting_entry: ({ company, idleDays }) => ({ subject: `Rappel : données comptables de ${company}`, paragraphs: [`Les données comptables de ${company} ne sont pas encore complètes ; rien ne s'est passé depuis ${days(idleDays)}. Ce que vous avez saisi est conservé.`], action: 'Continuer' }),
    msp_entry: ({ company, idleDays }) => ({ subject: `Rappel : reprise de ${company}`, paragraphs: [`Les données MSP de ${company} ne sont pas encore complètes ; rien ne s'est passé depuis ${days(idleDays)}. Ce que vous avez saisi est conservé.`], action: 'Continuer' }),
    sales_review: ({ company, idleDays }) => ({ subject: `Rappel : vérifier les données commerciales de ${company}`, paragraphs: [`Les données commerciales de ${company} attendent votre vérification depuis ${days(idleDays)}.`], action: 'Vérifier' }),
    accounting_review: ({ company, idleDays }) => ({ subject: `Rappel : vérifier les données comptables de ${company}`, paragraphs: [`Les données comptables de ${company} attendent votre vérification depuis ${days(idleDays)}.`], action: 'Vérifier' }),
    msp_review: ({ company, idleDays }) => ({ subject: `Rappel : vérifier les données MSP de ${company}`, paragraphs: [`Les données MSP de ${company} attendent votre vérification depuis ${days(idleDays)}.`], action: 'Vérifier' }),
    escalation: ({ company, idleDays }) => ({ subject: `Aucun progrès : ${company}`, paragraphs: [`L'intégration de ${company} n'a pas avancé depuis ${days(idleDays)}, malgré les rappels. Votre aide est peut-être nécessaire.`], action: 'Ouvrir le client' }),
  },
  digest: ({ items }) => ({ subject: `${items.length} intégrations vous attendent`, paragraphs: ["Celles-ci n'ont pas avancé depuis un certain temps :"], items: items.map((item) => `${fr.reminders[item.case](item).paragraphs[0]}`) }),
  secretsShown: ({ items, day }) => ({
    subject: 'Des secrets de vos clients ont été consultés',
    paragraphs: [`Le ${day}, d'autres personnes ont vu des mots de passe ou d'autres secrets de clients dont vous êtes responsable. La liste de chaque client dit qui, lesquels et quand.`],
    items: items.map(({ company, looks, downloads, people }) => `${company} : ${[...(looks ? [`${looks} ${looks === 1 ? 'secret affiché' : 'secrets affichés'}`] : []), ...(downloads ? [`${downloads} ${downloads === 1 ? 'téléchargement' : 'téléchargements'} avec tous les secrets`] : [])].join(', ')}, par ${people === 1 ? '1 personne' : `${people} personnes`}`),
  }),
  letters: {
    invitation: ({ tenant, company, section: own, expiresAt, when }) => ({
      subject: own ? `${company} : merci de saisir les ${section[own]}` : `Votre accès à Client Onboarder chez ${tenant}`,
      paragraphs: [
        own ? `${tenant} reprend l'informatique de ${company} et vous demande les ${section[own]}. Vous pouvez vous interrompre à tout moment ; ce que vous avez saisi est conservé.` : `${tenant} a créé un compte pour vous dans Client Onboarder.`,
        'Le lien est pour vous seul ; merci de ne pas le transmettre.',
        ...(expiresAt ? [`Il est valable jusqu'au ${when(expiresAt)}.`] : []),
      ],
      action: 'Commencer',
    }),
    password_reset: ({ expiresAt, when }) => ({ subject: 'Définir un nouveau mot de passe', paragraphs: ["Quelqu'un, sans doute vous, a demandé un nouveau mot de passe. Si ce n'était pas vous, ne faites rien : votre mot de passe reste le même.", `Le lien est valable jusqu'au ${when(expiresAt)}.`], action: 'Définir un nouveau mot de passe' }),
    sign_in_code: ({ code, expiresAt, when }) => ({ subject: 'Votre code de connexion', paragraphs: ["Voici votre code de connexion. Il sert une seule fois, dans le navigateur qui l'a demandé.", `Il est valable jusqu'au ${when(expiresAt)}. Personne ne vous le demandera jamais par téléphone ou par courriel.`], code }),
    submitted: ({ company, section: own }) => ({ subject: `À vérifier : ${section[own]} de ${company}`, paragraphs: [`Les ${section[own]} de ${company} ont été soumises et attendent votre vérification.`], action: 'Vérifier' }),
    approved: ({ company, section: own }) => ({ subject: `Approuvé : ${section[own]} de ${company}`, paragraphs: [`Les ${section[own]} de ${company} ont été approuvées.`], action: 'Ouvrir le client' }),
    sent_back: ({ company, section: own, reasons }) => ({ subject: `Renvoyé : ${section[own]} de ${company}`, paragraphs: [`Les ${section[own]} de ${company} sont à revoir.`, reasons === 1 ? 'Le motif est affiché à son endroit.' : `Les ${reasons} motifs sont affichés à leur endroit.`], action: 'Voir pourquoi' }),
    question: ({ company, section: own }) => ({ subject: `Question sur ${company}`, paragraphs: [`Il y a une question pour vous sur les ${section[own]} de ${company}.`], action: 'Lire et répondre' }),
    answered: ({ company, section: own }) => ({ subject: `Réponse sur ${company}`, paragraphs: [`Votre question sur les ${section[own]} de ${company} a reçu une réponse.`], action: 'Lire la réponse' }),
    stuck: ({ company, section: own }) => ({ subject: `Bloqué : ${company}`, paragraphs: [`Quelqu'un ne peut pas continuer les ${section[own]} de ${company} et dit pourquoi.`], action: 'Lire le motif' }),
    export_done: ({ company }) => ({ subject: `Exporté : ${company}`, paragraphs: [`${company} est maintenant dans IT Glue. Le lien vers l'organisation se trouve sur la page du client.`], action: 'Ouvrir le client' }),
    export_blocked: ({ company }) => ({ subject: `L'export a besoin de vous : ${company}`, paragraphs: [`L'export de ${company} vers IT Glue s'est arrêté et attend une personne. Ce qui a été créé est conservé ; l'export reprend de là.`], action: 'Voir le problème' }),
    key_refused: ({ tenant }) => ({ subject: 'IT Glue refuse la clé API', paragraphs: [`IT Glue n'accepte plus la clé API de ${tenant}. Les exports sont arrêtés jusqu'à la saisie d'une nouvelle clé.`], action: 'Ouvrir la connexion' }),
    key_near_lapse: ({ unusedDays }) => ({ subject: 'La clé API IT Glue va bientôt expirer', paragraphs: [`La clé API n'a pas servi depuis ${days(unusedDays)}. IT Glue laisse expirer une clé après 90 jours sans usage.`], action: 'Ouvrir la connexion' }),
    sweep_report: ({ count }) => ({ subject: 'Client Onboarder a trouvé quelque chose qui demande votre attention', paragraphs: [`La vérification horaire de tous les clients a trouvé ${count === 1 ? 'un point' : `${count} points`} qu'elle n'a pas pu régler elle-même. Vous y verrez de quoi il s'agit et que faire.`], action: 'Voir ce qui a été trouvé' }),
    retention_warning: ({ company, secondsLeft, late, purgeAt, end, when }) => ({
      subject: `${company} sera supprimé définitivement ${soon('fr', secondsLeft)}`,
      paragraphs: [end === 'retention' ? `Les données source de ${company} seront supprimées définitivement le ${when(purgeAt)}. D'ici là elles peuvent être téléchargées, ou la date déplacée.` : `${company} a été supprimé et peut être restauré jusqu'au ${when(purgeAt)}. Ensuite tout est perdu définitivement.`, ...(late ? ['Cet avertissement arrive en retard : le service ne fonctionnait pas au moment prévu.'] : [])],
      action: 'Ouvrir le client',
    }),
    assigned: ({ company, as }) => ({ subject: `${company} est maintenant à vous`, paragraphs: [`Vous avez été affecté à ${company} comme ${seat[as]}.`], action: 'Ouvrir le client' }),
    reassigned: ({ company, as }) => ({ subject: `${company} a été confié à quelqu'un d'autre`, paragraphs: [`Une autre personne suit maintenant ${company} (${seat[as]}). Vous n'avez plus rien à faire.`] }),
    sign_off_wanted: ({ company }) => ({ subject: `Votre validation est attendue : ${company}`, paragraphs: [`Toutes les parties de ${company} sont approuvées. Avant l'export, l'ingénieur et le responsable affectés valident.`], action: 'Regarder et valider' }),
    ready: ({ company }) => ({ subject: `Prêt pour l'export : ${company}`, paragraphs: [`${company} est validé et peut être exporté vers IT Glue.`], action: 'Ouvrir le client' }),
  },
};
