import { collector } from './collector';

const settings = (OTEL_EXPORTER_OTLP_ENDPOINT?: string, OTEL_EXPORTER_INSECURE = false, OTEL_EXPORTER_OTLP_INSECURE = false) => ({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_INSECURE, OTEL_EXPORTER_OTLP_INSECURE });

describe('collector', () => {
  it.each([
    [settings(), undefined],
    [settings('localhost:4317'), 'https://localhost:4317'],
    [settings('localhost:4317', true), 'http://localhost:4317'],
    [settings('localhost:4317', false, true), 'http://localhost:4317'],
    [settings('http://tempo:4317'), 'http://tempo:4317'],
    [settings('https://tempo:4317', true), 'https://tempo:4317'],
  ])('%j -> %s', (given, url) => expect(collector(given)?.url).toBe(url));
});
