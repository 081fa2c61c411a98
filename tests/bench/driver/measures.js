// What is measured, as the load generator is told (see load/main.cpp).

/** CPU a message or a session: of every relay, in every round. */
export const measures = (seconds) => {
  const timed = ['--seconds', String(seconds), '--warm-up', '0.2'];
  const sessions = (relay) => (relay.forks ? 100 : Math.round(800 * seconds));
  return [
    { name: 'paced', title: 'paced: 100 connections, 2000 messages/s', args: ['paced', ...timed] },
    { name: 'one', title: '100 connections, 1 in flight', args: ['echo', ...timed] },
    { name: 'sixteen', title: '100 connections, 16 in flight', args: ['echo', '--in-flight', '16', ...timed] },
    {
      name: 'large',
      title: '60 kB bodies, 20 connections',
      args: ['echo', '--body', '60000', '--connections', '20', ...timed],
    },
    {
      name: 'flood',
      title: 'server floods 200-byte stanzas, 10 connections',
      args: ['flood', '--connections', '10', '--count', String(Math.round(60_000 * seconds))],
    },
    {
      name: 'churn',
      title: 'sessions: connect, log in, bind, close',
      args: (relay) => ['churn', '--sessions', String(sessions(relay))],
    },
  ];
};

/** Memory: of a fresh instance of each relay, once. The figure is made from the load generator's answer. */
export const memoryMeasures = (short) => {
  const few = (relay, many) => String(relay.forks ? 50 : short ? many / 4 : many);
  const growth = (r) => (r.pss_after_kib - r.pss_before_kib) / r.done;
  return [
    {
      name: 'idle',
      title: 'KiB an idle session',
      args: (relay) => ['idle', '--sessions', few(relay, 2000)],
      value: growth,
    },
    {
      name: 'stall',
      title: 'KiB a session that asks for 29 MB and never reads',
      args: () => ['stall', '--sessions', '20', '--count', '145000'],
      value: growth,
    },
    {
      name: 'gone',
      title: 'growth after 5000 sessions, %',
      args: (relay) => ['gone', '--sessions', few(relay, 5000), '--parallel', few(relay, 1000)],
      value: (r) => (100 * (r.pss_after_kib - r.pss_before_kib)) / r.pss_before_kib,
    },
  ];
};

/** Real servers: each client sends to itself. */
export const serverMeasures = (seconds) => {
  // Longer: with 1600 messages in flight a slow server takes half a second for each round.
  const timed = ['--seconds', String(2 * seconds), '--warm-up', '0.6'];
  return [
    { name: 'paced', title: 'paced: 100 connections, 1000 messages/s', args: ['paced', '--rate', '1000', ...timed] },
    { name: 'sixteen', title: '100 connections, 16 in flight', args: ['echo', '--in-flight', '16', ...timed] },
  ];
};
