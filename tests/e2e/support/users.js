// The users every server has: pairs that know each other. Each test takes a
// pair of its own, so nothing one test leaves behind (stored messages, sessions
// that could be resumed) is seen by another.

export const DOMAIN = 'localhost';

const user = (name) => ({ name, jid: `${name}@${DOMAIN}`, password: `${name}'s secret` });

export const PAIRS = Array.from({ length: 20 }, (_, i) => ({
  alice: user(`alice${i + 1}`),
  bob: user(`bob${i + 1}`),
}));

export const USERS = PAIRS.flatMap(({ alice, bob }) => [alice, bob]);
