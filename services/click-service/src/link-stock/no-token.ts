/** The bot is not set up here, or its token does not open: nothing was asked of Telegram. */
export class NoToken extends Error {
  override get name(): string {
    return 'NoToken';
  }
}
