import {
  approveChatJoinRequest,
  declineChatJoinRequest,
  getChat,
  getChatMember,
  getMe,
  sendMessage,
} from './chat.methods';
import { createChatInviteLink, editChatInviteLink, revokeChatInviteLink } from './invite-link.methods';
import type { Method } from './method';
import { deleteWebhook, getUpdates, getWebhookInfo, setWebhook } from './webhook.methods';

const METHODS: Readonly<Record<string, Method>> = {
  getMe,
  getChat,
  getChatMember,
  setWebhook,
  deleteWebhook,
  getWebhookInfo,
  getUpdates,
  createChatInviteLink,
  editChatInviteLink,
  revokeChatInviteLink,
  approveChatJoinRequest,
  declineChatJoinRequest,
  sendMessage,
};

const BY_NAME = new Map(Object.entries(METHODS).map(([name, method]) => [name.toLowerCase(), method]));

/** Telegram does not mind the case of a method's name. */
export function findMethod(name: string): Method | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** What a webhook must not call by its answer: it would pull the rug from under its own delivery, or ask in vain. */
export function mayBeAnAnswer(name: string): boolean {
  return !/^(?:get|setwebhook$|deletewebhook$|close$|logout$)/i.test(name);
}
