import type { Bot } from './bot';
import type { InviteLink } from './invite-link';
import { isInside, type Standing } from './members';
import type { Chat, User } from './wire';

export interface ChatAdmin {
  readonly bot: Bot;
  readonly canInviteUsers: boolean;
}

export interface Place {
  readonly standing: Standing;
  /** The link by which the person came, while they are inside: it counts against the link's member limit. */
  readonly link: InviteLink | undefined;
}

/** A channel or supergroup: who administers it, its links, and where everybody stands. */
export class Channel {
  /** Set once the group has become a supergroup: nothing happens here any more. */
  movedTo: number | undefined;
  readonly admins = new Map<number, ChatAdmin>();
  /** By code. */
  readonly links = new Map<string, InviteLink>();
  readonly places = new Map<number, Place>();
  readonly counts = { joins: 0, leaves: 0, joinsWithLinkInUpdate: 0, members: 0 };

  constructor(
    public chat: Chat,
    readonly owner: User,
    /** New people come in muted, as anti-spam bots do it in supergroups. */
    readonly restrictsNewMembers: boolean,
  ) {}

  get isPublic(): boolean {
    return this.chat.username !== undefined;
  }

  standingOf(userId: number): Standing {
    return this.places.get(userId)?.standing ?? 'left';
  }

  isInside(userId: number): boolean {
    return isInside(this.standingOf(userId));
  }

  letIn(userId: number, link: InviteLink | undefined): Standing {
    const standing: Standing = this.restrictsNewMembers ? 'restricted-inside' : 'member';
    this.places.set(userId, { standing, link });
    link?.members.add(userId);
    link?.requests.delete(userId);
    this.counts.joins++;
    this.counts.members++;
    return standing;
  }

  letOut(userId: number): Standing {
    const place = this.places.get(userId);
    place?.link?.members.delete(userId);
    // Telegram remembers restrictions of those who are gone: they come back restricted, status unchanged.
    const standing: Standing = place?.standing === 'restricted-inside' ? 'restricted-outside' : 'left';
    return this.putOut(userId, standing);
  }

  /** For good: no link lets them in again. */
  ban(userId: number): Standing {
    this.places.get(userId)?.link?.members.delete(userId);
    return this.putOut(userId, 'kicked');
  }

  private putOut(userId: number, standing: Standing): Standing {
    this.places.set(userId, { standing, link: undefined });
    this.counts.leaves++;
    this.counts.members--;
    return standing;
  }
}
