import { wholeSeconds, type Clock } from '../clock';
import type { FaultBook } from '../faults';
import type { JsonObject } from '../input';
import type { Random } from '../random';
import { Bot } from './bot';
import { Channel } from './channel';
import { linkCode, newLinkUrl, type InviteLink } from './invite-link';
import { administrator, memberAs } from './members';
import { inventOwner, inventPerson } from './people';
import type { BotState, ChannelState, JoinResult, JoinVia, TelegramState } from './state';
import { botStarted, joinRequested, memberChanged, serviceMessage, type MemberChange } from './updates';
import type { ChatMember, ChatType, Message, User } from './wire';

/** Telegram would not let this happen; `reason` is for programs, the message for people. */
export class Refused extends Error {
  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

export type RefusalReason =
  | 'unknown-bot'
  | 'unknown-chat'
  | 'unknown-link'
  | 'link-revoked'
  | 'link-expired'
  | 'member-limit'
  | 'private-chat'
  | 'already-in'
  | 'already-requested'
  | 'not-in'
  | 'banned'
  | 'no-group'
  | 'already-exists';

export interface NewBot {
  /** `<botId>:<secret>` */
  readonly token: string;
  readonly username: string;
  readonly name: string;
}

export interface NewChannel {
  /** `-100…`; invented when not given. */
  readonly chatId?: number | undefined;
  readonly title: string;
  readonly type: ChatType;
  /** Makes the chat public. */
  readonly username?: string | undefined;
  /** Supergroups only: people come in muted, so their status is `restricted`. */
  readonly restrictsNewMembers?: boolean | undefined;
}

export interface ChatChange {
  readonly title?: string | undefined;
  /** Makes the chat public, or gives it another name; null makes it private. */
  readonly username?: string | null | undefined;
}

export interface NewJoin {
  /** May be left out with a link, which knows its chat. */
  readonly chatId?: number | undefined;
  /** Invented when not given. */
  readonly userId?: number | undefined;
  readonly via: JoinVia;
  readonly inviteLink?: string | undefined;
}

const FIRST_USER_ID = 7_000_000_001;
const FIRST_CHAT_ID = -1_002_147_483_648;
const FIRST_OWNER_ID = 5_012_345_678;

/**
 * Telegram's side of the world: bots, chats, links and people, and what the bots are told about them. Every method
 * acts at once; deliveries go on in the background, and `drained` tells when they are done.
 */
export class TelegramStandIn {
  private readonly botsByToken = new Map<string, Bot>();
  private readonly channels = new Map<number, Channel>();
  private readonly linksByCode = new Map<string, InviteLink>();
  private drainWaiters: (() => void)[] = [];
  private invented = 0;
  private readonly draws: Random;
  private onBotCall: (bot: Bot, call: JsonObject & { readonly method: string }) => void = () => undefined;

  constructor(
    readonly clock: Clock,
    readonly faults: FaultBook,
    private readonly random: Random,
  ) {
    this.draws = random.fork('stripped-links');
  }

  /** Runs method calls that webhooks put into their answers. */
  runCallsWith(run: (bot: Bot, call: JsonObject & { readonly method: string }) => void): void {
    this.onBotCall = run;
  }

  /** @throws Refused when the bot exists. */
  addBot({ token, username, name }: NewBot): { readonly botId: number; readonly username: string } {
    const botId = Number(token.split(':', 1)[0]);
    if (this.findBot(botId)) throw new Refused('already-exists', `bot ${botId} exists`);
    const user: User = { id: botId, is_bot: true, first_name: name, username };
    const bot = new Bot({ token, user }, this.clock, this.faults, this.random.fork(`bot-${botId}`), {
      onCall: (from, call) => this.onBotCall(from, call),
      onSettled: () => this.settled(),
    });
    this.botsByToken.set(token, bot);
    return { botId, username };
  }

  /** @throws Refused when the chat exists. */
  addChannel(channel: NewChannel): { readonly chatId: number } {
    const chatId = channel.chatId ?? this.inventChatId();
    if (this.channels.has(chatId)) throw new Refused('already-exists', `chat ${chatId} exists`);
    const { title, username, type } = channel;
    const chat = { id: chatId, title, ...(username === undefined ? {} : { username }), type };
    const owner = inventOwner(FIRST_OWNER_ID + this.channels.size);
    const restricts = type === 'supergroup' && channel.restrictsNewMembers === true;
    this.channels.set(chatId, new Channel(chat, owner, restricts));
    return { chatId };
  }

  /** Makes the bot an administrator, or changes its rights; it learns by `my_chat_member`. */
  addAdmin(
    chatId: number,
    { botId, canInviteUsers }: { readonly botId: number; readonly canInviteUsers: boolean },
  ): void {
    const channel = this.channel(chatId);
    const bot = this.bot(botId);
    const before = this.memberOf(channel, bot.user);
    channel.admins.set(botId, { bot, canInviteUsers });
    this.tell(channel, {
      chat: channel.chat,
      from: channel.owner,
      date: wholeSeconds(this.clock),
      before,
      after: this.memberOf(channel, bot.user),
    });
  }

  removeAdmin(chatId: number, botId: number): void {
    const channel = this.channel(chatId);
    const admin = channel.admins.get(botId);
    if (!admin) throw new Refused('not-in', `bot ${botId} is no administrator of chat ${chatId}`);
    const before = this.memberOf(channel, admin.bot.user);
    const after = memberAs(admin.bot.user, 'left');
    const date = wholeSeconds(this.clock);
    // Told while it is still in the list: the removed bot hears of its own removal, and of nothing after it.
    this.tell(channel, { chat: channel.chat, from: channel.owner, date, before, after });
    channel.admins.delete(botId);
  }

  /**
   * Somebody comes into a chat, or asks to, and all bots that administer it are told.
   * @throws Refused where Telegram would not let them in.
   */
  join({ chatId, userId, via, inviteLink }: NewJoin): JoinResult {
    const link = via === 'link' ? this.usableLink(inviteLink, chatId) : undefined;
    const channel = this.channel(link?.chatId ?? chatId ?? 0);
    const person = inventPerson(userId ?? FIRST_USER_ID + this.invented++);
    if (channel.isInside(person.id))
      throw new Refused('already-in', `user ${person.id} is in the chat already`);
    if (via !== 'added-by-admin' && channel.standingOf(person.id) === 'kicked') {
      throw new Refused('banned', `user ${person.id} is banned from chat ${channel.chat.id}`);
    }
    if (via === 'direct' && !channel.isPublic) {
      throw new Refused('private-chat', 'a private chat has no Join button without a link');
    }
    if (link) this.checkPlace(link, person.id);
    if (link?.settings.createsJoinRequest) return this.request(channel, person, link);
    return this.enter(channel, person, {
      link,
      from: via === 'added-by-admin' ? channel.owner : person,
      viaFolder: via === 'folder',
    });
  }

  /** @throws Refused when there is no request. */
  approve(chatId: number, userId: number, by: Bot): JoinResult {
    const channel = this.channel(chatId);
    const link = this.takeRequest(channel, userId);
    return this.enter(channel, inventPerson(userId), { link, from: by.user, viaFolder: false });
  }

  /** @throws Refused when there is no request. */
  decline(chatId: number, userId: number): void {
    this.takeRequest(this.channel(chatId), userId);
  }

  /** @throws Refused when the person is not in. */
  leave({ chatId, userId }: { readonly chatId: number; readonly userId: number }): { readonly date: number } {
    const channel = this.channel(chatId);
    if (!channel.isInside(userId)) throw new Refused('not-in', `user ${userId} is not in chat ${chatId}`);
    const person = inventPerson(userId);
    const before = memberAs(person, channel.standingOf(userId));
    const after = memberAs(person, channel.letOut(userId));
    const date = wholeSeconds(this.clock);
    this.tell(channel, { chat: channel.chat, from: person, date, before, after });
    return { date };
  }

  /**
   * The owner puts somebody out and bans them: no link lets them in again.
   * @throws Refused when the person is not in.
   */
  kick({ chatId, userId }: { readonly chatId: number; readonly userId: number }): { readonly date: number } {
    const channel = this.channel(chatId);
    if (!channel.isInside(userId)) throw new Refused('not-in', `user ${userId} is not in chat ${chatId}`);
    const person = inventPerson(userId);
    const before = memberAs(person, channel.standingOf(userId));
    const after = memberAs(person, channel.ban(userId));
    const date = wholeSeconds(this.clock);
    this.tell(channel, { chat: channel.chat, from: channel.owner, date, before, after });
    return { date };
  }

  /** Another title is told in groups, by a message; that a chat got or lost its public name is told by no update. */
  changeChat(chatId: number, { title, username }: ChatChange): void {
    const channel = this.channel(chatId);
    const { username: before, ...rest } = channel.chat;
    const name = username === undefined ? before : (username ?? undefined);
    const { id, type } = rest;
    channel.chat = {
      id,
      title: title ?? rest.title,
      ...(name === undefined ? {} : { username: name }),
      type,
    };
    if (title === undefined || type === 'channel') return;
    this.announce(channel, { new_chat_title: title });
  }

  /**
   * A basic group becomes a supergroup: another chat, with the same people, told by a message in each.
   * @throws Refused when it is no basic group.
   */
  migrate(chatId: number): { readonly chatId: number } {
    const group = this.channel(chatId);
    if (group.chat.type !== 'group') throw new Refused('no-group', `chat ${chatId} is no basic group`);
    const moved = this.addChannel({ title: group.chat.title, type: 'supergroup' });
    const supergroup = this.channel(moved.chatId);
    for (const [botId, admin] of group.admins) supergroup.admins.set(botId, admin);
    for (const [userId, { standing }] of group.places) {
      supergroup.places.set(userId, { standing, link: undefined });
    }
    this.announce(group, { migrate_to_chat_id: moved.chatId });
    this.announce(supergroup, { migrate_from_chat_id: chatId });
    group.movedTo = moved.chatId;
    return moved;
  }

  /** As after a week of silence: the bot's next update gets this number. */
  jumpUpdateIds(botId: number, nextUpdateId: number): void {
    this.bot(botId).jumpTo(nextUpdateId);
  }

  /** Somebody taps START of `t.me/<bot>?start=<payload>`. */
  start(tap: { readonly botId: number; readonly userId: number; readonly payload: string }): {
    readonly date: number;
  } {
    const bot = this.bot(tap.botId);
    const date = wholeSeconds(this.clock);
    bot.reachable.add(tap.userId);
    bot.enqueue(botStarted(inventPerson(tap.userId), tap.payload, date, bot.nextMessageId()));
    return { date };
  }

  /** Each bot that may invite has one in each chat, which it did not make and nobody was given. */
  primaryLink(channel: Channel, bot: Bot): InviteLink {
    const known = [...channel.links.values()].find(
      ({ isPrimary, creator }) => isPrimary === true && creator.id === bot.user.id,
    );
    if (known) return known;
    const link: InviteLink = {
      url: newLinkUrl(),
      chatId: channel.chat.id,
      creator: bot.user,
      settings: { createsJoinRequest: false },
      isRevoked: false,
      isPrimary: true,
      members: new Set(),
      requests: new Set(),
    };
    this.registerLink(link);
    return link;
  }

  registerLink(link: InviteLink): void {
    const code = linkCode(link.url) ?? link.url;
    this.linksByCode.set(code, link);
    this.channel(link.chatId).links.set(code, link);
  }

  findLink(url: string): InviteLink | undefined {
    const code = linkCode(url);
    return code === undefined ? undefined : this.linksByCode.get(code);
  }

  findBotByToken(token: string): Bot | undefined {
    return this.botsByToken.get(token);
  }

  /** By number, or by `@username`. */
  findChannel(reference: string): Channel | undefined {
    if (!reference.startsWith('@')) return this.channels.get(Number(reference));
    const wanted = reference.slice(1).toLowerCase();
    return [...this.channels.values()].find(({ chat }) => chat.username?.toLowerCase() === wanted);
  }

  /** Where somebody stands, as `getChatMember` answers it. */
  memberOf(channel: Channel, user: User): ChatMember {
    if (user.id === channel.owner.id) return { user, status: 'creator', is_anonymous: false };
    const admin = channel.admins.get(user.id);
    if (admin) return administrator(user, channel.chat.type, admin.canInviteUsers);
    return memberAs(user, channel.standingOf(user.id));
  }

  /** What the bot has sent by sendMessage. */
  sentMessages(botId: number): readonly Message[] {
    return this.bot(botId).sentMessages;
  }

  state(): TelegramState {
    const bots = [...this.botsByToken.values()].map(stateOfBot);
    const channels = [...this.channels.values()].map(stateOfChannel);
    return {
      bots,
      channels,
      linksCreated: channels.reduce((sum, { linksCreated }) => sum + linksCreated, 0),
      joins: channels.reduce((sum, { joins }) => sum + joins, 0),
    };
  }

  /** Resolves when no bot has an update waiting. A bot without webhook keeps its updates, so it waits for that too. */
  async drained(): Promise<void> {
    if (this.isDrained()) return;
    await new Promise<void>((resolve) => this.drainWaiters.push(resolve));
  }

  /** Forgets everything. */
  reset(): void {
    for (const bot of this.botsByToken.values()) bot.stop();
    this.botsByToken.clear();
    this.channels.clear();
    this.linksByCode.clear();
    this.settled();
  }

  private enter(
    channel: Channel,
    person: User,
    how: { readonly link: InviteLink | undefined; readonly from: User; readonly viaFolder: boolean },
  ): JoinResult {
    const joinedAt = this.clock.now();
    const date = wholeSeconds(this.clock);
    const before = memberAs(person, channel.standingOf(person.id));
    const after = memberAs(person, channel.letIn(person.id, how.link));
    const stripped = channel.isPublic && this.draws.chance(this.faults.telegram.stripLinkShare);
    const link = stripped ? undefined : how.link;
    if (link) channel.counts.joinsWithLinkInUpdate++;
    this.tell(channel, {
      chat: channel.chat,
      from: how.from,
      date,
      before,
      after,
      link,
      viaFolder: how.viaFolder,
    });
    const { id: chatId } = channel.chat;
    return {
      joined: true,
      chatId,
      userId: person.id,
      date,
      joinedAt,
      inviteLinkInUpdate: link !== undefined,
    };
  }

  private request(channel: Channel, person: User, link: InviteLink): JoinResult {
    if (link.requests.has(person.id)) {
      throw new Refused('already-requested', `user ${person.id} has asked to join already`);
    }
    link.requests.add(person.id);
    const date = wholeSeconds(this.clock);
    for (const { bot, canInviteUsers } of channel.admins.values()) {
      if (!canInviteUsers) continue;
      bot.reachable.add(person.id);
      bot.enqueue(joinRequested(channel.chat, person, date, link, bot.user.id));
    }
    const { id: chatId } = channel.chat;
    return {
      joined: false,
      chatId,
      userId: person.id,
      date,
      joinedAt: this.clock.now(),
      inviteLinkInUpdate: true,
    };
  }

  private takeRequest(channel: Channel, userId: number): InviteLink {
    for (const link of channel.links.values()) {
      if (link.requests.delete(userId)) return link;
    }
    throw new Refused('not-in', `user ${userId} has not asked to join chat ${channel.chat.id}`);
  }

  private announce(channel: Channel, what: Parameters<typeof serviceMessage>[2]): void {
    const date = wholeSeconds(this.clock);
    for (const { bot } of channel.admins.values()) {
      bot.enqueue(serviceMessage(channel.chat, channel.owner, what, date, bot.nextMessageId()));
    }
  }

  private tell(channel: Channel, change: MemberChange): void {
    for (const { bot } of channel.admins.values()) bot.enqueue(memberChanged(change, bot.user.id));
  }

  private usableLink(url: string | undefined, chatId: number | undefined): InviteLink {
    const link = url === undefined ? undefined : this.findLink(url);
    if (!link || (chatId !== undefined && link.chatId !== chatId)) {
      throw new Refused('unknown-link', `${url ?? 'no link'} is no invite link of ${chatId ?? 'any chat'}`);
    }
    if (link.isRevoked) throw new Refused('link-revoked', `${link.url} is revoked`);
    const { expireDate } = link.settings;
    if (expireDate !== undefined && expireDate <= wholeSeconds(this.clock)) {
      throw new Refused('link-expired', `${link.url} has expired`);
    }
    return link;
  }

  private checkPlace(link: InviteLink, userId: number): void {
    const { memberLimit } = link.settings;
    if (memberLimit !== undefined && !link.members.has(userId) && link.members.size >= memberLimit) {
      throw new Refused('member-limit', `${link.url} has let in ${memberLimit} already`);
    }
  }

  private inventChatId(): number {
    let chatId = FIRST_CHAT_ID;
    while (this.channels.has(chatId)) chatId--;
    return chatId;
  }

  private findBot(botId: number): Bot | undefined {
    return [...this.botsByToken.values()].find(({ user }) => user.id === botId);
  }

  private bot(botId: number): Bot {
    const bot = this.findBot(botId);
    if (!bot) throw new Refused('unknown-bot', `there is no bot ${botId}`);
    return bot;
  }

  private channel(chatId: number): Channel {
    const channel = this.channels.get(chatId);
    if (!channel) throw new Refused('unknown-chat', `there is no chat ${chatId}`);
    return channel;
  }

  private isDrained(): boolean {
    return [...this.botsByToken.values()].every(({ queue }) => queue.size === 0);
  }

  private settled(): void {
    if (this.drainWaiters.length === 0 || !this.isDrained()) return;
    const waiters = this.drainWaiters;
    this.drainWaiters = [];
    for (const done of waiters) done();
  }
}

function stateOfBot(bot: Bot): BotState {
  const { user, webhook, queue, lastError } = bot;
  return {
    botId: user.id,
    username: user.username ?? '',
    webhookUrl: webhook?.url.href ?? null,
    ...queue.counts,
    lastError: lastError?.message ?? null,
    messagesSent: bot.sentMessages.length,
  };
}

function stateOfChannel({ chat, links, counts, admins }: Channel): ChannelState {
  return {
    chatId: chat.id,
    title: chat.title,
    type: chat.type,
    username: chat.username ?? null,
    adminBotIds: [...admins.keys()],
    // A primary link is nobody's making.
    linksCreated: [...links.values()].filter(({ isPrimary }) => isPrimary !== true).length,
    ...counts,
  };
}
