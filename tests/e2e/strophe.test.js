import { StropheClient } from './support/clients/strophe.js';
import { promisesToClients } from './support/client_promises.js';

promisesToClients('strophe.js', StropheClient);
