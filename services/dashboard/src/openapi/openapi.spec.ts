import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asText, describeOffline } from './describe';

it('openapi.json is current: otherwise run npm run openapi -w @clickjoin/dashboard', async () => {
  const written: unknown = JSON.parse(readFileSync(join(__dirname, '..', '..', 'openapi.json'), 'utf8'));
  expect(written).toEqual(JSON.parse(asText(await describeOffline())));
});

it('each field says what it is made of', async () => {
  const { components } = await describeOffline();
  for (const [name, schema] of Object.entries(components?.schemas ?? {})) {
    expect(JSON.stringify(schema)).not.toContain('"type":"object"}');
    expect(`${name} ${JSON.stringify(schema)}`).toContain('properties');
  }
});
