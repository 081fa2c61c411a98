// What a page sees when its stream fails: the error, <close/>, the WebSocket's close.
import assert from 'node:assert/strict';
import { rfc7395, Wire } from './wire.js';
import { first, NS } from './xml.js';

/** `condition`: its name, or a pattern of those that will do. */
export async function failure(wire, condition) {
  const error = await wire.find('error');
  assert.equal(error.namespaceURI, NS.stream);
  const { localName, namespaceURI } = error.firstChild;
  assert.match(localName, condition instanceof RegExp ? condition : new RegExp(`^${condition}$`), String(error));
  assert.equal(namespaceURI, NS.streamErrors);
  const close = await wire.find('close');
  assert.equal(close.namespaceURI, NS.framing);
  const { code, reason } = await wire.end();
  assert.notEqual(code, 1006, 'the WebSocket is closed, not dropped');
  return { text: first(error, NS.streamErrors, 'text')?.textContent, code, reason };
}

/** Ask for `domain` and hear that it cannot be had; without a domain, say no `to`. */
export async function refused(url, domain, condition = 'remote-connection-failed') {
  const wire = await Wire.connect(url, { framing: rfc7395(domain) });
  wire.send(wire.framing.open);
  return failure(wire, condition);
}
