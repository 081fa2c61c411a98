// A queue that can be awaited: what arrives before anyone asks is kept.
import { within } from './deadline.js';

export class Inbox {
  #items = [];
  #waiting = [];
  seen = []; // all that ever arrived

  push(item) {
    this.seen.push(item);
    const waiter = this.#waiting.shift();
    if (waiter) waiter(item);
    else this.#items.push(item);
  }

  /** The next item, in order of arrival. */
  next(what = 'message') {
    if (this.#items.length) return Promise.resolve(this.#items.shift());
    return within(new Promise((resolve) => this.#waiting.push(resolve)), what);
  }

  /** The next item that `test` accepts; those before it are dropped. */
  async find(test, what) {
    for (;;) {
      const item = await this.next(what);
      if (test(item)) return item;
    }
  }

  /** The next `count` items. */
  async take(count, what) {
    const items = [];
    while (items.length < count) items.push(await this.next(`${what} ${items.length + 1} of ${count}`));
    return items;
  }
}
