import { XmppJsClient } from './support/clients/xmppjs.js';
import { promisesToClients } from './support/client_promises.js';

promisesToClients('@xmpp/client', XmppJsClient);
