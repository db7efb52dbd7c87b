import { inFolder } from '../folder';
import { Receiver } from '../receiver';
import { inherited } from '../config';
import { mustRun, run } from '../run';
import { requests } from './requests';

const script = inFolder('elasticsearch', 'load.sh');

test('the loader puts every file at its path, bodies unchanged, and may run again', async () => {
  const elasticsearch = await Receiver.start();
  const env = { ...inherited, ELASTICSEARCH_HOST: '127.0.0.1', ELASTICSEARCH_PORT: String(elasticsearch.port), ELASTICSEARCH_USER: 'loader', ELASTICSEARCH_PASSWORD: 'secret' };
  try {
    for (let round = 0; round < 2; round += 1) {
      elasticsearch.received.length = 0;
      await mustRun('sh', [script], { env });
      const put = elasticsearch.received.filter(({ path }) => !path.startsWith('/_cluster'));
      expect(Object.fromEntries(put.map(({ path, body }) => [path.slice(1), JSON.parse(body) as unknown]))).toEqual(requests());
      const kinds = put.map(({ path }) => path.slice(1, path.lastIndexOf('/')));
      expect([...new Set(kinds)]).toEqual(['_ingest/pipeline', '_ilm/policy', '_component_template', '_index_template']);
      expect(put[0]?.headers.authorization).toBe(`Basic ${Buffer.from('loader:secret').toString('base64')}`);
    }
  } finally {
    await elasticsearch.stop();
  }
}, 60_000);

test('a refusal ends it with an error', async () => {
  const elasticsearch = await Receiver.start();
  elasticsearch.answer = ({ path }) => ({ status: path.startsWith('/_ilm') ? 400 : 200, body: '{"error":"no"}' });
  const { code } = await run('sh', [script], { env: { ...inherited, ELASTICSEARCH_HOST: '127.0.0.1', ELASTICSEARCH_PORT: String(elasticsearch.port) } });
  await elasticsearch.stop();
  expect(code).not.toBe(0);
}, 60_000);
