// Looks now and then whether the listener's certificate was renewed on disk, and takes it over. Files are compared by what
// they hold: the links that container platforms turn around tell no watcher anything. A pair is rarely replaced in one
// step, so what cannot be used is told only when the next look finds it unchanged, and the old one stays.

import {
  judgeTlsMaterial,
  Secret,
  type FileSystem,
  type Timer,
  type Timers,
  type TlsMaterial,
} from '../core/platform/index.ts';

const LOOK_MS = 30_000;

export type TlsFiles = {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
  /** What the listener began with. */
  readonly material: TlsMaterial;
  readonly validToMs: number;
};

export type TlsRenewalEvent =
  | { readonly type: 'renewed'; readonly validToMs: number; readonly names: readonly string[] }
  | { readonly type: 'refused'; readonly why: string };

export type TlsRenewalDependencies = {
  readonly files: FileSystem;
  readonly timers: Timers;
  readonly apply: (material: TlsMaterial) => void;
  readonly observe: (event: TlsRenewalEvent) => void;
};

export type TlsRenewal = {
  open(): void;
  /** When the certificate in use ends, in milliseconds since 1970. */
  validToMs(): number;
  close(): void;
};

export function createTlsRenewal(files: TlsFiles, deps: TlsRenewalDependencies): TlsRenewal {
  let timer: Timer | undefined;
  let closed = false;
  let { validToMs } = files;
  let used = textOf(files.material);
  /** What the last look found and could not use, and whether it was told. */
  let refused: { readonly found: string; told: boolean } | undefined;

  async function look(): Promise<void> {
    let found: string;
    let why: string;
    try {
      const material = await read(files, deps.files);
      found = textOf(material);
      if (found === used) {
        refused = undefined;
        return;
      }
      const judged = judgeTlsMaterial(material);
      if (judged.type === 'usable') {
        if (closed) return;
        deps.apply(material);
        used = found;
        refused = undefined;
        ({ validToMs } = judged);
        deps.observe({ type: 'renewed', validToMs, names: judged.names });
        return;
      }
      why = `${judged.part} ${judged.fault}`;
    } catch (thrown) {
      why = thrown instanceof Error ? thrown.message : 'unknown';
      found = why;
    }
    if (refused?.found !== found) refused = { found, told: false };
    else if (!refused.told) {
      refused.told = true;
      deps.observe({ type: 'refused', why });
    }
  }

  async function lookAgain(): Promise<void> {
    await look();
    if (!closed) open();
  }

  function open(): void {
    timer = deps.timers.after(LOOK_MS, () => {
      void lookAgain();
    });
  }

  return {
    open,
    validToMs: () => validToMs,
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}

const textOf = ({ certificatePem, keyPem, clientCaPem }: TlsMaterial): string =>
  [certificatePem, keyPem.reveal(), clientCaPem ?? ''].join('\0');

async function read(named: TlsFiles, files: FileSystem): Promise<TlsMaterial> {
  const [certificatePem, keyPem, clientCaPem] = await Promise.all([
    expectText(named.certificateFile, files),
    expectText(named.keyFile, files),
    named.clientCaFile === undefined ? undefined : expectText(named.clientCaFile, files),
  ]);
  return { certificatePem, keyPem: new Secret(keyPem), passphrase: named.material.passphrase, clientCaPem };
}

async function expectText(path: string, files: FileSystem): Promise<string> {
  const text = await files.readText(path);
  if (text === undefined) throw new Error(`${path} does not exist`);
  return text;
}
