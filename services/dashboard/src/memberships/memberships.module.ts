import { Module } from '@nestjs/common';
import { MemberLeftHandler } from './member-left.handler';
import { MembershipsStore } from './memberships.store';
import { PersonErasedHandler } from './person-erased.handler';

@Module({ controllers: [MemberLeftHandler, PersonErasedHandler], providers: [MembershipsStore] })
export class MembershipsModule {}
