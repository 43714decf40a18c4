// Merging into the files of other tools: ours is set, all else stays, and what is not understood is refused.

import { describe, expect, it } from 'vitest';

import { mergeJsonObject, mergeToml } from './connect-files.ts';

describe('a JSON file', () => {
  it('keeps everything else, the order and the indentation', () => {
    const before =
      '{\n    "permissions": {"allow": ["Bash"]},\n    "env": {"OTHER": "x", "URL": "old"},\n    "z": 1\n}';
    expect(mergeJsonObject(before, 'env', { URL: 'new', KEY: 'k' })).toBe(
      `${JSON.stringify(
        { permissions: { allow: ['Bash'] }, env: { OTHER: 'x', URL: 'new', KEY: 'k' }, z: 1 },
        undefined,
        4,
      )}\n`,
    );
  });

  it.each([undefined, '', ' \n'])('that is not there or empty (%j) begins with ours', (before) => {
    expect(mergeJsonObject(before, 'env', { URL: 'new' })).toBe('{\n  "env": {\n    "URL": "new"\n  }\n}\n');
  });

  it.each([
    ['{ // a comment\n}', 'is not JSON'],
    ['[]', 'is not a JSON object'],
    ['{"env": "text"}', 'has a "env" that is no object'],
  ])('of %s is refused', (before, fault) => {
    expect(mergeJsonObject(before, 'env', {})).toEqual({ fault });
  });
});

describe('a TOML file', () => {
  const top = { model: 'gpt-5.4', model_provider: 'forcegate' };
  const table = { name: 'model_providers.forcegate', members: { base_url: 'http://127.0.0.1:8000/v1' } };
  const OURS = '[model_providers.forcegate]\nbase_url = "http://127.0.0.1:8000/v1"\n';

  it('gets our keys above every table and our table at its end, and keeps the rest', () => {
    const before =
      '# mine\nmodel = "old"\nmodel_reasoning_effort = "high"\n\n[mcp_servers.docs]\ncommand = "x"\nmodel = "theirs"\n';
    expect(mergeToml(before, top, table)).toBe(
      `model = "gpt-5.4"\nmodel_provider = "forcegate"\n# mine\nmodel_reasoning_effort = "high"\n\n[mcp_servers.docs]\ncommand = "x"\nmodel = "theirs"\n\n${OURS}`,
    );
  });

  it('is the same after a second merge, whatever stands behind our table', () => {
    const once = `model = "gpt-5.4"\nmodel_provider = "forcegate"\n\n[a]\nb = 1\n\n${OURS}`;
    expect(mergeToml('[a]\nb = 1\n', top, table)).toBe(once);
    expect(mergeToml(once, top, table)).toBe(once);
    const moved = `model = "gpt-5.4"\n\n${OURS}\n[[a]]\nb = 1\n`;
    expect(mergeToml(moved, top, table)).toBe(
      `model = "gpt-5.4"\nmodel_provider = "forcegate"\n\n[[a]]\nb = 1\n\n${OURS}`,
    );
  });

  it.each([
    '[projects."/srv/work.d/app"]',
    '[mcp_servers."@scope/x"] # theirs',
    "[mcp_servers.'a]b']",
    '[[ a . "q\\"]" ]]',
  ])('keeps the table %s with its own keys, behind ours or first', (header) => {
    const theirs = `${header}\nmodel = "theirs"\nmodel_provider = "theirs"\n`;
    const merged = `model = "gpt-5.4"\nmodel_provider = "forcegate"\n\n${theirs}\n${OURS}`;
    expect(mergeToml(theirs, top, table)).toBe(merged);
    expect(mergeToml(`${OURS}\n${theirs}`, top, table)).toBe(merged);
  });

  it('takes our table for ours however its name is quoted', () => {
    expect(mergeToml('[ model_providers . "forcegate" ]\nold = 1\n', top, table)).toBe(
      `model = "gpt-5.4"\nmodel_provider = "forcegate"\n\n${OURS}`,
    );
  });

  it('takes no line of an array for a table', () => {
    const before = 'notify = [\n  ["a"], # ]\n  ["b]"]\n]\nmodel = "old"\n';
    expect(mergeToml(before, top, table)).toBe(
      `model = "gpt-5.4"\nmodel_provider = "forcegate"\nnotify = [\n  ["a"], # ]\n  ["b]"]\n]\n\n${OURS}`,
    );
  });

  it.each([
    ['a = 1\n[b c]\n', 'has a table on line 2 that is not understood'],
    ['a = 1]\n', 'has a bracket too many on line 1'],
    ['a = [\n[b]\n', 'has a bracket that never closes'],
  ])('%j is refused, since nobody can say where its tables begin', (before, fault) => {
    expect(mergeToml(before, top, table)).toEqual({ fault });
  });

  it('that is not there begins with ours', () => {
    expect(mergeToml(undefined, top, table)).toBe(
      `model = "gpt-5.4"\nmodel_provider = "forcegate"\n\n${OURS}`,
    );
  });

  it('with texts of several lines is refused, since they may look like anything', () => {
    expect(mergeToml('a = """\n[model_providers.forcegate]\n"""', top, table)).toEqual({
      fault: 'has texts of several lines',
    });
  });
});
