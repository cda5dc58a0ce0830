import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asText, describeOffline } from './describe';

/** `npm run openapi -w @clickjoin/dashboard`: writes `openapi.json`, from which the web UI's client is made. */
async function main(): Promise<void> {
  const file = join(__dirname, '..', '..', 'openapi.json');
  writeFileSync(file, asText(await describeOffline()));
  process.stdout.write(`${file}\n`);
}

void main();
