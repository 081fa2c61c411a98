// The users every server has: pairs that know each other. Each test takes a
// pair of its own, so nothing one test leaves behind (stored messages, sessions
// that could be resumed) is seen by another.

export const DOMAIN = 'localhost';

/** The user of this name at `domain`; every domain of a server has the same. */
export const user = (name, domain = DOMAIN) => ({ name, domain, jid: `${name}@${domain}`, password: `${name}'s secret` });

export const PAIRS = Array.from({ length: 20 }, (_, i) => ({
  alice: user(`alice${i + 1}`),
  bob: user(`bob${i + 1}`),
}));

export const USERS = PAIRS.flatMap(({ alice, bob }) => [alice, bob]);
