import { CannotStart } from '../infra/cannot-start';
import { NotReady } from '../infra/wait-until';

/** Runs a command's main function; where our own stack says nothing, it is not shown. */
export async function runCommand(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main());
  } catch (error) {
    if (error instanceof CannotStart || error instanceof NotReady)
      process.stderr.write(`\n${error.message}\n`);
    else console.error(error);
    process.exit(1);
  }
}
