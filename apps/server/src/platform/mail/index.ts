// Mail to people: one plain message to one address, over the operator’s mail server or not at all.
export { createMail, type Delivery, isMailAddress, type Mail, type MailOptions } from './create-mail.ts';
