import type { Refusal } from './refusals.ts';

/** What can fail because of a user, a host or another domain comes back as a value; our own mistakes are asserted. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;
export type Refused = { readonly ok: false; readonly refusal: Refusal };

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const refuse = (refusal: Refusal): Refused => ({ ok: false, refusal });
