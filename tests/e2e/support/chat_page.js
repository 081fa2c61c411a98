// The chat page as a person uses it.

export async function openChat(page, base, { ws, jid }) {
  await page.goto(`${base}/chat.html?${new URLSearchParams({ ws, jid })}`);
}

export async function logIn(page, password) {
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Its whole way in: open, log in, wait until it says that it is connected. */
export async function startChat(page, base, ws, user) {
  await openChat(page, base, { ws, jid: user.jid });
  await logIn(page, user.password);
  await page.getByText('connected', { exact: true }).waitFor();
}

/** A contact in the roster, with this presence. */
export const contact = (page, jid, presence) => page.getByTitle(`${jid}, ${presence}`);

export async function say(page, text) {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** A message in the conversation that is shown. */
export const message = (page, text) => page.getByRole('log').getByText(text);
