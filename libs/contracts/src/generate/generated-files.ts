import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaOf } from '../json-schema';
import { allTopics } from '../topics';
import { asyncApiOf } from './asyncapi';
import { sampleMessages } from './sample-messages';

/** The package's root; the same from `src` and from `dist`. */
const packageRoot = join(__dirname, '..', '..');
const repositoryRoot = join(packageRoot, '..', '..');

/** Folders in which every file is generated: one that is not generated any more is removed. */
export const GENERATED_FOLDERS = [join(packageRoot, 'samples'), join(packageRoot, 'schemas')] as const;

/**
 * Path → content of every file that is made from the registry. The specs compare them with the checked-in
 * files, so that nobody changes a class and leaves the published contract behind.
 */
export function generatedFiles(): ReadonlyMap<string, string> {
  const [samples, schemas] = GENERATED_FOLDERS;
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return new Map([
    ...[...sampleMessages()].map(
      ([topic, message]) => [join(samples, `${topic}.json`), text(message)] as const,
    ),
    ...allTopics.map(
      ({ name, eventClass, description }) =>
        [
          join(schemas, `${name}.json`),
          text({
            $schema: 'http://json-schema.org/draft-07/schema#',
            title: eventClass.name,
            description,
            ...jsonSchemaOf(eventClass),
          }),
        ] as const,
    ),
    [
      join(repositoryRoot, 'docs', 'asyncapi', 'clickjoin.json'),
      text(asyncApiOf(allTopics, version)),
    ] as const,
  ]);
}

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
