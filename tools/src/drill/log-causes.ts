import type { Cause } from './cause';

const BUSY = 8;

const withoutElasticsearch: Cause['begin'] = async (range) => {
  const logs = await range.logs();
  await logs.elasticsearchLeaves();
  range.intensity = BUSY;
  return () => {
    range.intensity = 1;
    return logs.elasticsearchReturns();
  };
};

/** What goes wrong with the logs on their way. */
export const LOG_CAUSES: Record<string, Cause> = {
  FluentdOutputRetrying: { says: 'Elasticsearch is away', begin: withoutElasticsearch },
  FluentdBufferFilling: { says: 'Elasticsearch is away and the disk is small', begin: withoutElasticsearch },
  LogsThrottled: {
    says: 'a migration renamed a table: under load, every request logs the same error',
    begin: async (range) => {
      await range.logs();
      range.intensity = BUSY;
      const mend = await range.loseTable();
      return () => {
        range.intensity = 1;
        return mend();
      };
    },
  },
};
