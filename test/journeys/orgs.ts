// The orgs of the client matrix: a model of each family on an org that has every surface, and a model on an org that has only
// the classic one. Each says which surface its calls must take.

import type { OrgState } from '../../simulator/main.ts';

export type OrgCase = {
  readonly org: 'Claude' | 'GPT' | 'Gemini' | 'classic-only';
  readonly model: string;
  readonly surface: 'invoke' | 'responses' | 'gateway-generations' | 'chat-generations';
  readonly state: Partial<OrgState>;
};

export const CLASSIC_ONLY: Partial<OrgState> = { entitled: { classic: true, gateway: false } };

export const ORGS: readonly OrgCase[] = [
  { org: 'Claude', model: 'claude-sonnet-4-6', surface: 'invoke', state: {} },
  { org: 'GPT', model: 'gpt-5.4', surface: 'responses', state: {} },
  { org: 'Gemini', model: 'gemini-2.5-pro', surface: 'gateway-generations', state: {} },
  { org: 'classic-only', model: 'claude-sonnet-4-6', surface: 'chat-generations', state: CLASSIC_ONLY },
];
