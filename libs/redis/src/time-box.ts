/** The time was over before the work was. */
export class TimeBoxError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = 'TimeBoxError';
  }
}

/** Settles as `work` does, or rejects after `ms`. The work itself goes on unseen; a late failure of it is swallowed. */
export async function timeBox<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bell = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeBoxError(ms)), ms);
  });
  try {
    return await Promise.race([work, bell]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
