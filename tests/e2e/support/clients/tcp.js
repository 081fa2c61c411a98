// A desktop client in the place of Psi: TCP, STARTTLS, no WebSocket.
import { XmppJsClient } from './xmppjs.js';

// It is the only one here to use TLS, with the certificate that the test has
// just made, over loopback.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

export const loginOverTcp = (port, user) => XmppJsClient.login(`xmpp://127.0.0.1:${port}`, user);
