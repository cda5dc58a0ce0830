import { SetMetadata } from '@nestjs/common';

export const OPEN_TO_ALL = 'clickjoin:open-to-all';

/** Needs no session. Whatever doesn't say so needs one. */
export const OpenToAll = (): ClassDecorator & MethodDecorator => SetMetadata(OPEN_TO_ALL, true);
