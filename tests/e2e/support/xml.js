// Strict parsing, as a browser's: a message that is not one whole element, or
// that uses a prefix it does not declare, is an error.
import { DOMParser } from '@xmldom/xmldom';
import { SaxesParser } from 'saxes';

export const NS = {
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  channelBinding: 'urn:xmpp:sasl-cb:0',
  client: 'jabber:client',
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  roster: 'jabber:iq:roster',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  sm: 'urn:xmpp:sm:3',
  stream: 'http://etherx.jabber.org/streams',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
};

/** The element that `text` is. */
export function parse(text) {
  if (!text.startsWith('<')) throw new Error(`does not start with '<': ${text}`);
  if (text.startsWith('<?')) throw new Error(`starts with a declaration: ${text}`);
  const strict = new SaxesParser({ xmlns: true, position: false });
  strict.on('error', (error) => {
    throw new Error(`${error.message}: ${text}`);
  });
  strict.write(text).close();
  return new DOMParser().parseFromString(text, 'text/xml').documentElement;
}

/** All elements below `element` with this name in this namespace. */
export const all = (element, namespace, name) => [...element.getElementsByTagNameNS(namespace, name)];

/** The first such element. */
export const first = (element, namespace, name) => all(element, namespace, name)[0];

/** `text` for use in an attribute or as content. */
export const escape = (text) =>
  text.replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);
