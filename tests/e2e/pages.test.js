// The example pages in Debian's Chromium.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { openBrowser, openTab, screenshot } from './support/browser.js';
import { contact, logIn, message, openChat, say, startChat } from './support/chat_page.js';
import { loginOverTcp } from './support/clients/tcp.js';
import { deadPort } from './support/ports.js';
import { servePages } from './support/pages.js';
import { throughEachServer } from './support/world.js';

throughEachServer('pages', (world) => {
  let browser;
  let pages;
  before(async () => {
    [browser, pages] = await Promise.all([openBrowser(), servePages()]);
  });
  after(async () => {
    await browser?.close();
    pages?.stop();
  });
  const picture = (page, name) => screenshot(page, `${name}-${world.server.name.toLowerCase()}`);

  for (const offer of [false, true]) {
    it(`first_page.html shows the stream header and the mechanisms, ${offer ? '' : 'not '}offering 'xmpp'`, async () => {
      const page = await openTab(browser);
      await page.goto(`${pages.url}/first_page.html?${new URLSearchParams({ ws: world.url })}`);
      await page.getByLabel("offer 'xmpp'").setChecked(offer);
      await page.getByRole('button', { name: 'Connect' }).click();
      await page.getByRole('listitem').getByText('PLAIN', { exact: true }).waitFor();
      assert.match(await page.locator('.received').first().textContent(), /<stream:stream\s.*from=['"]localhost['"]/);
      assert.doesNotMatch(await page.locator('#log').textContent(), /starttls/);
      await picture(page, `first_page${offer ? '-xmpp' : ''}`);
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  it('chat.html logs in, shows the roster, sends to and receives from a TCP client', async () => {
    const { alice, bob } = world.pair();
    const page = await openTab(browser);
    await openChat(page, pages.url, { ws: world.url, jid: alice.jid });
    await picture(page, 'chat-login');
    await logIn(page, alice.password);
    await contact(page, bob.jid, 'offline').waitFor();

    const psi = await loginOverTcp(world.server.port, bob);
    psi.presence();
    await contact(page, bob.jid, 'available').click();
    await say(page, 'Hello from the browser <b>& friends</b> 😀');
    const received = await psi.messages.next();
    assert.equal(received.body, 'Hello from the browser <b>& friends</b> 😀');
    psi.message(received.from, 'Hello from <i>TCP</i> & back ä');
    await message(page, 'Hello from <i>TCP</i> & back ä').waitFor();
    await picture(page, 'chat');

    await psi.close();
    await contact(page, bob.jid, 'offline').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.equal(await page.getByRole('alert').isVisible(), false, 'logging out is no failure');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('two people chat with chat.html, one of them on a phone in the dark', async () => {
    const { alice, bob } = world.pair();
    const [desk, phone] = await Promise.all([
      openTab(browser),
      openTab(browser, { viewport: { width: 390, height: 700 }, colorScheme: 'dark', hasTouch: true }),
    ]);
    await Promise.all([startChat(desk, pages.url, world.url, alice), startChat(phone, pages.url, world.url, bob)]);
    await contact(desk, bob.jid, 'available').click();
    await say(desk, 'Are you there?');
    await contact(phone, alice.jid, 'available').getByText('1').waitFor(); // not read yet
    await contact(phone, alice.jid, 'available').click();
    await message(phone, 'Are you there?').waitFor();
    await say(phone, 'I am!');
    await message(desk, 'I am!').waitFor();
    await picture(phone, 'chat-phone');
    assert.deepEqual([...desk.errors, ...phone.errors], []);
    await Promise.all([desk.context().close(), phone.context().close()]);
  });

  it('chat.html says so when the password is wrong', async () => {
    const { alice } = world.pair();
    const page = await openTab(browser);
    await openChat(page, pages.url, { ws: world.url, jid: alice.jid });
    await logIn(page, 'not her password');
    await page.getByRole('alert').getByText('Wrong address or password').waitFor();
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('chat.html says so when nothing listens at the URL', async () => {
    const page = await openTab(browser);
    const ws = `ws://127.0.0.1:${await deadPort()}/`;
    await openChat(page, pages.url, { ws, jid: 'alice@localhost' });
    await logIn(page, 'secret');
    await page.getByRole('alert').getByText(`No WebSocket answers at ${ws}`).waitFor();
    await page.context().close();
  });

  // Last: it takes the server away.
  it('chat.html shows why the connection broke when the server is killed', async () => {
    const { alice } = world.pair();
    const page = await openTab(browser);
    await startChat(page, pages.url, world.url, alice);
    world.server.process.signal('SIGKILL');
    await page.getByRole('alert').getByText('remote-connection-failed').waitFor();

    // And now that nothing listens there any more:
    await logIn(page, alice.password);
    await page.getByRole('alert').getByText(/refused/i).waitFor();
    await picture(page, 'chat-failed');
    await page.context().close();
  });
});
