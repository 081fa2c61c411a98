// Every wait has an end, and says what it waited for.

export const DEADLINE_MS = 10_000;

/** `promise`, or a rejection that names `what` when it takes too long. */
export function within(promise, what, ms = DEADLINE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Poll `condition` where there is no event to wait for; returns what it returned. */
export async function until(condition, what, ms = DEADLINE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
