import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GENERATED_FOLDERS, generatedFiles } from './generated-files';

describe('the published contract', () => {
  const files = generatedFiles();

  it.each([...files].map(([path, content]) => ({ file: basename(path), path, content })))(
    '$file is as the registry says (else: npm run generate -w @clickjoin/contracts)',
    ({ path, content }) => expect(readFileSync(path, 'utf8')).toBe(content),
  );

  it.each(GENERATED_FOLDERS)('holds no file of a topic that is gone', (folder) => {
    expect(readdirSync(folder).filter((name) => !files.has(join(folder, name)))).toEqual([]);
  });
});
