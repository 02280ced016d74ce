import { soon } from '../soon.js';
import type { Words } from '../words.js';

const section = { sales: 'datos de ventas', accounting: 'datos de contabilidad', msp: 'datos del MSP' } as const;
const seat = { engineer: 'ingeniero de incorporación', manager: 'responsable', sales_rep: 'comercial' } as const;
const days = (count: number) => (count === 1 ? '1 día' : `${count} días`);

export const es: Words = {
  greeting: (name) => (name ? `Hola, ${name}:` : 'Hola:'),
  closing: (tenant) => `Enviado por Client Onboarder para ${tenant}. Nadie lee las respuestas a esta dirección.`,
  section,
  reminders: {
    sales_entry: ({ company, idleDays }) => ({ subject: `Recordatorio: datos de ventas de ${company}`, paragraphs: [`Los datos de ventas de ${company} aún se están introduciendo; no ha pasado nada desde hace ${days(idleDays)}.`], action: 'Continuar' }),
    accounting_entry: ({ company, idleDays }) => ({ subject: `Recordatorio: datos de contabilidad de ${company}`, paragraphs: [`Los datos de contabilidad de ${company} aún no están completos; no ha pasado nada desde hace ${days(idleDays)}. Lo que ha introducido se conserva.`], action: 'Continuar' }),
    msp_entry: ({ company, idleDays }) => ({ subject: `Recordatorio: traspaso de ${company}`, paragraphs: [`Los datos del MSP de ${company} aún no están completos; no ha pasado nada desde hace ${days(idleDays)}. Lo que ha introducido se conserva.`], action: 'Continuar' }),
    sales_review: ({ company, idleDays }) => ({ subject: `Recordatorio: revisar los datos de ventas de ${company}`, paragraphs: [`Los datos de ventas de ${company} esperan su revisión desde hace ${days(idleDays)}.`], action: 'Revisar' }),
    accounting_review: ({ company, idleDays }) => ({ subject: `Recordatorio: revisar los datos de contabilidad de ${company}`, paragraphs: [`Los datos de contabilidad de ${company} esperan su revisión desde hace ${days(idleDays)}.`], action: 'Revisar' }),
    msp_review: ({ company, idleDays }) => ({ subject: `Recordatorio: revisar los datos del MSP de ${company}`, paragraphs: [`Los datos del MSP de ${company} esperan su revisión desde hace ${days(idleDays)}.`], action: 'Revisar' }),
    escalation: ({ company, idleDays }) => ({ subject: `Sin avances: ${company}`, paragraphs: [`La incorporación de ${company} no avanza desde hace ${days(idleDays)}, a pesar de los recordatorios. Quizá haga falta su ayuda.`], action: 'Abrir el cliente' }),
  },
  digest: ({ items }) => ({ subject: `${items.length} incorporaciones le esperan`, paragraphs: ['Estas no avanzan desde hace un tiempo:'], items: items.map((item) => `${es.reminders[item.case](item).paragraphs[0]}`) }),
  secretsShown: ({ items, day }) => ({
    subject: 'Se han visto secretos de sus clientes',
    paragraphs: [`El ${day} otras personas vieron contraseñas u otros secretos de clientes que usted gestiona. La lista de cada cliente dice quién, cuáles y cuándo.`],
    items: items.map(({ company, looks, downloads, people }) => `${company}: ${[...(looks ? [`${looks} ${looks === 1 ? 'secreto mostrado' : 'secretos mostrados'}`] : []), ...(downloads ? [`${downloads} ${downloads === 1 ? 'descarga' : 'descargas'} con todos los secretos`] : [])].join(', ')}, por ${people === 1 ? '1 persona' : `${people} personas`}`),
  }),
  letters: {
    invitation: ({ tenant, company, section: own, expiresAt, when }) => ({
      subject: own ? `${company}: introduzca los ${section[own]}` : `Su acceso a Client Onboarder en ${tenant}`,
      paragraphs: [
        own ? `${tenant} se hace cargo de la informática de ${company} y le pide los ${section[own]}. Puede interrumpir cuando quiera; lo que ha introducido se conserva.` : `${tenant} ha creado una cuenta para usted en Client Onboarder.`,
        'El enlace es solo para usted; no lo comparta.',
        ...(expiresAt ? [`Es válido hasta el ${when(expiresAt)}.`] : []),
      ],
      action: 'Empezar',
    }),
    password_reset: ({ expiresAt, when }) => ({ subject: 'Establecer una contraseña nueva', paragraphs: ['Alguien, probablemente usted, ha pedido una contraseña nueva. Si no fue usted, no haga nada: su contraseña sigue igual.', `El enlace es válido hasta el ${when(expiresAt)}.`], action: 'Establecer una contraseña nueva' }),
    sign_in_code: ({ code, expiresAt, when }) => ({ subject: 'Su código de acceso', paragraphs: ['Este es su código de acceso. Sirve una sola vez, en el navegador que lo pidió.', `Es válido hasta el ${when(expiresAt)}. Nadie se lo pedirá nunca por teléfono ni por correo.`], code }),
    submitted: ({ company, section: own }) => ({ subject: `Por revisar: ${section[own]} de ${company}`, paragraphs: [`Los ${section[own]} de ${company} se han enviado y esperan su revisión.`], action: 'Revisar' }),
    approved: ({ company, section: own }) => ({ subject: `Aprobado: ${section[own]} de ${company}`, paragraphs: [`Los ${section[own]} de ${company} se han aprobado.`], action: 'Abrir el cliente' }),
    sent_back: ({ company, section: own, reasons }) => ({ subject: `Devuelto: ${section[own]} de ${company}`, paragraphs: [`Los ${section[own]} de ${company} necesitan otra mirada.`, reasons === 1 ? 'El motivo se muestra en su lugar.' : `Los ${reasons} motivos se muestran en su lugar.`], action: 'Ver por qué' }),
    question: ({ company, section: own }) => ({ subject: `Pregunta sobre ${company}`, paragraphs: [`Hay una pregunta para usted sobre los ${section[own]} de ${company}.`], action: 'Leer y responder' }),
    answered: ({ company, section: own }) => ({ subject: `Respuesta sobre ${company}`, paragraphs: [`Su pregunta sobre los ${section[own]} de ${company} tiene respuesta.`], action: 'Leer la respuesta' }),
    stuck: ({ company, section: own }) => ({ subject: `Atascado: ${company}`, paragraphs: [`Alguien no puede seguir con los ${section[own]} de ${company} y dice por qué.`], action: 'Leer el motivo' }),
    export_done: ({ company }) => ({ subject: `Exportado: ${company}`, paragraphs: [`${company} ya está en IT Glue. El enlace a la organización está en la página del cliente.`], action: 'Abrir el cliente' }),
    export_blocked: ({ company }) => ({ subject: `La exportación le necesita: ${company}`, paragraphs: [`La exportación de ${company} a IT Glue se ha detenido y espera a una persona. Lo ya creado se conserva; la exportación sigue desde ahí.`], action: 'Ver el problema' }),
    key_refused: ({ tenant }) => ({ subject: 'IT Glue rechaza la clave de API', paragraphs: [`IT Glue ya no acepta la clave de API de ${tenant}. Las exportaciones se detienen hasta que se introduzca una nueva.`], action: 'Abrir la conexión' }),
    key_near_lapse: ({ unusedDays }) => ({ subject: 'La clave de API de IT Glue caducará pronto', paragraphs: [`La clave de API no se ha usado desde hace ${days(unusedDays)}. IT Glue deja caducar una clave tras 90 días sin uso.`], action: 'Abrir la conexión' }),
    sweep_report: ({ count }) => ({ subject: 'Client Onboarder ha encontrado algo que necesita su atención', paragraphs: [`La revisión de todos los clientes que se hace cada hora ha encontrado ${count === 1 ? 'una cosa' : `${count} cosas`} que no ha podido arreglar por sí misma. Allí se ve qué es y qué hacer.`], action: 'Ver lo encontrado' }),
    retention_warning: ({ company, secondsLeft, late, purgeAt, end, when }) => ({
      subject: `${company} se eliminará definitivamente ${soon('es', secondsLeft)}`,
      paragraphs: [end === 'retention' ? `Los datos de origen de ${company} se eliminarán definitivamente el ${when(purgeAt)}. Hasta entonces se pueden descargar, o mover la fecha.` : `${company} se eliminó y se puede restaurar hasta el ${when(purgeAt)}. Después desaparece definitivamente.`, ...(late ? ['Este aviso llega tarde: el servicio no estaba en marcha cuando correspondía.'] : [])],
      action: 'Abrir el cliente',
    }),
    assigned: ({ company, as }) => ({ subject: `${company} es suyo ahora`, paragraphs: [`Se le ha asignado ${company} como ${seat[as]}.`], action: 'Abrir el cliente' }),
    reassigned: ({ company, as }) => ({ subject: `${company} ha pasado a otra persona`, paragraphs: [`Otra persona lleva ahora ${company} (${seat[as]}). No tiene nada más que hacer.`] }),
    sign_off_wanted: ({ company }) => ({ subject: `Falta su visto bueno: ${company}`, paragraphs: [`Todas las partes de ${company} están aprobadas. Antes de la exportación dan su visto bueno el ingeniero y el responsable asignados.`], action: 'Ver y dar el visto bueno' }),
    ready: ({ company }) => ({ subject: `Listo para exportar: ${company}`, paragraphs: [`${company} tiene el visto bueno y se puede exportar a IT Glue.`], action: 'Abrir el cliente' }),
  },
};
