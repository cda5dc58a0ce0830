import { mkdir, statfs } from 'node:fs/promises';
import { CannotStart, explainDisk } from './cannot-start';

const NEEDED_BYTES = 300e6;

/**
 * Makes the folder and checks that a broker or a database can live in it.
 * @throws CannotStart when it cannot be written or its disk is nearly full.
 */
export async function demandDisk(folder: string, neededBytes = NEEDED_BYTES): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= neededBytes) return;
  } catch (error) {
    throw explainDisk(error, folder);
  }
  throw new CannotStart(
    `The disk that holds ${folder} has less than ${Math.round(neededBytes / 1e6)} MB left: free some space and start again.`,
  );
}
