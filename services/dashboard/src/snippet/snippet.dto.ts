import { ApiProperty } from '@nestjs/swagger';

export class SnippetLinkView {
  @ApiProperty() chatId!: string;
  @ApiProperty({ description: 'A stranger’s text.' }) title!: string;
  @ApiProperty({ description: 'For ads and for pages without the script.' }) url!: string;
}

/** An address from which the script was, or may be, heard. */
export class ScriptOriginView {
  @ApiProperty({ description: '`https://example.com`' }) origin!: string;
  @ApiProperty({ description: 'Whether it is among the allowed origins of the site.' }) isAllowed!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: never seen.' })
  lastSeenAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) trackerVersion!: string | null;
}

export class SnippetView {
  @ApiProperty({ description: 'To be copied into each landing page, before </body>.' }) html!: string;
  @ApiProperty() scriptUrl!: string;
  @ApiProperty({ description: 'Whether PUBLIC_CLICK_URL is set: without it, addresses are of this machine.' })
  isPublicUrlKnown!: boolean;
  @ApiProperty({ type: [SnippetLinkView], description: 'One for each channel of the site.' })
  links!: SnippetLinkView[];
  @ApiProperty({ description: 'An example for servers, with a placeholder for the key.' }) curl!: string;
  @ApiProperty({ type: [ScriptOriginView], description: 'Allowed ones, and those that were heard.' })
  origins!: ScriptOriginView[];
}
