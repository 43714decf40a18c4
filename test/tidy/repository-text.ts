// What no committed text may hold: a path of somebody's machine, or the host of a package registry. Both work for one
// person and fail for everyone else. `npm ci` takes the registry that the user configured.

import type { Violation } from './source.ts';

// Spelled apart, so that this file does not accuse itself.
const HOME_FOLDERS = ['work', 'root', 'home', 'Users'].join('|');
const MACHINE_PATH = new RegExp(`(?<![\\w.:/*-])/(?:${HOME_FOLDERS})/[\\w.-]`, 'u');
const REGISTRY_WORDS = ['registry', 'artifactory', 'nexus', 'verdaccio', 'jfrog', 'pypi', 'mirror'].join('|');
const REGISTRY_HOST = new RegExp(`https?://[\\w.-]*(?:${REGISTRY_WORDS})[\\w.-]*\\.`, 'iu');
const REGISTRY_SETTING = /^\s*(?:@[\w-]+:)?registry\s*=/u;
const RESOLVED_HOST = /"resolved":\s*"https?:\/\//u;

/** Files whose paths are those of an image or of a machine that the file itself makes. */
const MAKES_ITS_OWN_MACHINE = [/^deploy\//u, /(?:^|\/)Dockerfile$/u];

function faultIn(path: string, line: string): string | undefined {
  if (MACHINE_PATH.test(line) && !MAKES_ITS_OWN_MACHINE.some((one) => one.test(path))) {
    return "a path of one machine; use a path from the repository's root, or the system's temporary folder";
  }
  if (REGISTRY_HOST.test(line) || RESOLVED_HOST.test(line))
    return 'the host of a package registry; leave it out';
  if (path.endsWith('.npmrc') && REGISTRY_SETTING.test(line))
    return "a registry setting; it is the user's to make";
  return undefined;
}

export function checkRepositoryText(path: string, text: string): readonly Violation[] {
  return text.split('\n').flatMap((content, index) => {
    const message = faultIn(path, content);
    return message === undefined ? [] : [{ path, line: index + 1, message }];
  });
}
