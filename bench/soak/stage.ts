// What a soak plays on: a simulated org over TLS that can be restarted on its ports, and the gateway as it is run, a
// process of its own behind it. The org's tokens are short, and a dead upstream is given up within seconds.

import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { createCertificates, createSimulator, type SimulatorAddress } from '../../simulator/main.ts';
import type { Child } from '../child.ts';
import { launchGateway } from '../gateway.ts';
import { readMetrics, type Metrics } from './metrics.ts';

const HOST = '127.0.0.1';
const TOKEN_LIFE_S = 30;
const ORG = { journal: false, tokenLifetimeSeconds: TOKEN_LIFE_S } as const;

export type SoakStage = {
  readonly url: string;
  /** Says what the org answers to the request that holds this text. Nothing while the org is down. */
  script(replies: readonly object[]): Promise<void>;
  /** Down for so long, and then there again: with new tokens, on the same ports. */
  restartOrg(downMs: number): Promise<void>;
  metrics(): Promise<Metrics>;
  /** Stops the gateway as an operator would; whether it ended by itself. */
  stopGateway(): Promise<boolean>;
  close(): Promise<void>;
};

export async function openSoakStage(): Promise<SoakStage> {
  const certificates = await createCertificates(HOST, undefined);
  let org = createSimulator({ host: HOST, certificates, org: ORG });
  const address = await org.open();
  const ca = await readFile(certificates.caFile, 'utf8');
  let gateway: { child: Child; port: number };
  try {
    gateway = await launchGateway((port) => configuration(port, address, certificates.caFile), []);
  } catch (thrown) {
    await org.close();
    await certificates.remove();
    throw thrown;
  }
  const url = `http://${HOST}:${gateway.port}`;
  return {
    url,
    script: (replies) => post(`${address.modelUrl}/__simulator/replies`, ca, JSON.stringify(replies)),
    async restartOrg(downMs) {
      await org.close();
      await sleep(downMs);
      org = createSimulator({
        host: HOST,
        certificates,
        org: ORG,
        loginPort: Number(new URL(address.loginUrl).port),
        modelPort: Number(new URL(address.modelUrl).port),
      });
      await org.open();
    },
    metrics: () => readMetrics(`${url}/metrics`),
    async stopGateway() {
      await gateway.child.stop();
      return gateway.child.hasEnded();
    },
    async close() {
      await gateway.child.stop();
      await org.close();
      await certificates.remove();
    },
  };
}

function configuration(port: number, org: SimulatorAddress, caFile: string): object {
  return {
    consumer_key: org.consumerKey,
    consumer_secret: org.consumerSecret,
    instance_url: org.loginUrl,
    api_url: org.modelUrl,
    token_file: null,
    port,
    http_proxy: '',
    https_proxy: '',
    tls: { ca_file: caFile },
    timeouts: { first_byte_seconds: 4, idle_seconds: 4 },
    log: { level: 'info' },
  };
}

/** What the org is told while it restarts is lost, like everything else it knew. */
function post(url: string, ca: string, body: string): Promise<void> {
  return new Promise((resolve) => {
    const sent = httpsRequest(url, { method: 'POST', ca, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve());
      response.on('error', () => resolve());
    });
    sent.on('error', () => resolve());
    sent.end(body);
  });
}
