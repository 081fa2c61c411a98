// Users on TCP, as with Psi, and users in a browser are users of one server.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loginOverTcp } from './support/clients/tcp.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { throughEachServer } from './support/world.js';

throughEachServer('beside TCP', (world) => {
  it('lets a TCP client and a WebSocket client chat, both ways', async () => {
    const { alice, bob } = world.pair();
    const page = await XmppJsClient.login(world.url, alice);
    const psi = await loginOverTcp(world.server.port, bob);
    page.message(psi.jid, 'from the page <ä>');
    assert.deepEqual(await psi.messages.next(), { from: page.jid, body: 'from the page <ä>' });
    psi.message(page.jid, 'from the desktop & back 😀');
    assert.deepEqual(await page.messages.next(), { from: psi.jid, body: 'from the desktop & back 😀' });
    await Promise.all([page.close(), psi.close()]);
  });

  it('shows each the presence of the other', async () => {
    const { alice, bob } = world.pair();
    const page = await XmppJsClient.login(world.url, alice);
    const psi = await loginOverTcp(world.server.port, bob);
    page.presence();
    psi.presence();
    await page.presences.find(({ from }) => from === psi.jid, 'presence of the desktop');
    await psi.presences.find(({ from }) => from === page.jid, 'presence of the page');
    await psi.close();
    const gone = ({ from, type }) => from === psi.jid && type === 'unavailable';
    await page.presences.find(gone, 'end of the presence of the desktop');
    await page.close();
  });
});
