// Where traces and metrics go: our keys, the variables that every OpenTelemetry program reads, and what wins.

import { describe, expect, it } from 'vitest';

import { configOf, problemOf, REAL, warningsOf } from '../../test/fakes/sample-config.ts';
import type { OtlpTarget } from '../telemetry/index.ts';

const HERE = 'http://localhost:4318';

async function targetOf(
  telemetry: object,
  env: Readonly<Record<string, string>> = {},
): Promise<OtlpTarget | undefined> {
  return (await configOf({ file: { ...REAL, telemetry }, env })).otlp;
}

const shown = (target: OtlpTarget | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((target?.headers ?? []).map(([name, value]) => [name, value.reveal()]));

describe('exporting', () => {
  it('is off without an endpoint', async () => {
    expect(await targetOf({})).toBeUndefined();
    expect(await targetOf({ service_name: 'a', sample_ratio: 0.5 })).toBeUndefined();
    expect(await targetOf({}, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' })).toBeUndefined();
  });

  it('goes to the addresses below the endpoint', async () => {
    expect(await targetOf({ otlp_endpoint: HERE })).toMatchObject({
      tracesUrl: `${HERE}/v1/traces`,
      metricsUrl: `${HERE}/v1/metrics`,
      serviceName: 'forcegate',
      resourceAttributes: {},
      sampling: { parentBased: true, ratio: 1 },
    });
    expect(await targetOf({ otlp_endpoint: 'https://otlp.example.com/otlp/' })).toMatchObject({
      tracesUrl: 'https://otlp.example.com/otlp/v1/traces',
    });
  });

  it('heeds the variables of OpenTelemetry, and our keys before them', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=CANARY%20one,x-team=ops',
      OTEL_SERVICE_NAME: 'named-by-variable',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=named-by-attribute',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    };
    const target = await targetOf({}, env);
    expect(target).toMatchObject({
      tracesUrl: 'http://collector:4318/v1/traces',
      serviceName: 'named-by-variable',
      resourceAttributes: { 'deployment.environment.name': 'prod' },
      sampling: { parentBased: false, ratio: 0.25 },
    });
    expect(target?.resourceAttributes['service.name']).toBeUndefined();
    expect(shown(target)).toEqual({ 'api-key': 'CANARY one', 'x-team': 'ops' });
    expect(JSON.stringify(target)).not.toContain('CANARY');

    const ours = {
      otlp_endpoint: HERE,
      otlp_headers: 'api-key=two',
      service_name: 'ours',
      sample_ratio: 0.5,
    };
    const own = await targetOf(ours, env);
    expect(own).toMatchObject({
      tracesUrl: `${HERE}/v1/traces`,
      serviceName: 'ours',
      sampling: { parentBased: true, ratio: 0.5 },
    });
    expect(shown(own)).toEqual({ 'api-key': 'two', 'x-team': 'ops' });
    const { OTEL_SERVICE_NAME: _name, ...unnamed } = env;
    expect(await targetOf({}, unnamed)).toMatchObject({ serviceName: 'named-by-attribute' });
    expect(await targetOf({}, { FORCEGATE_TELEMETRY__OTLP_ENDPOINT: HERE })).toMatchObject({
      tracesUrl: `${HERE}/v1/traces`,
    });
  });

  it.each([
    ['always_on', undefined, true, { parentBased: false, ratio: 1 }],
    ['always_off', undefined, true, { parentBased: false, ratio: 0 }],
    ['parentbased_always_off', undefined, true, { parentBased: true, ratio: 0 }],
    ['parentbased_traceidratio', '0.1', true, { parentBased: true, ratio: 0.1 }],
    ['parentbased_traceidratio', 'half', false, { parentBased: true, ratio: 1 }],
    ['constructor', undefined, false, { parentBased: true, ratio: 1 }],
    ['jaeger_remote', undefined, false, { parentBased: true, ratio: 1 }],
  ])('samples as %s with %s says', async (sampler, argument, understood, sampling) => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: HERE,
      OTEL_TRACES_SAMPLER: sampler,
      ...(argument === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: argument }),
    };
    expect(await targetOf({}, env)).toMatchObject({ sampling });
    expect(await warningsOf({ file: REAL, env })).toHaveLength(understood ? 0 : 1);
  });

  it('is off where OTEL_SDK_DISABLED is true, and only then', async () => {
    expect(await targetOf({ otlp_endpoint: HERE }, { OTEL_SDK_DISABLED: 'True' })).toBeUndefined();
    expect(await targetOf({ otlp_endpoint: HERE }, { OTEL_SDK_DISABLED: '1' })).toBeDefined();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense', OTEL_SDK_DISABLED: 'true' };
    expect(await targetOf({}, env)).toBeUndefined();
  });

  it.each(['localhost:4318', 'grpc://collector:4317', 'not an address', 'https://'])(
    'refuses the endpoint %s and names its key',
    async (endpoint) => {
      const problem = await problemOf({ telemetry: { otlp_endpoint: endpoint } });
      expect(problem).toMatchObject({
        key: 'telemetry.otlp_endpoint',
        fault: expect.stringContaining('address'),
      });
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
      expect(await problemOf({}, { env })).toMatchObject({ key: 'OTEL_EXPORTER_OTLP_ENDPOINT' });
    },
  );

  it('refuses an endpoint with a password or a query, without repeating it', async () => {
    for (const endpoint of [
      'https://user:hunter2@otlp.example.com',
      'https://otlp.example.com/?key=hunter2',
    ]) {
      const problem = await problemOf({ telemetry: { otlp_endpoint: endpoint } });
      expect(problem.key).toBe('telemetry.otlp_endpoint');
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    }
  });

  it.each(['hunter2', '=hunter2', 'a b=hunter2', 'key=hunter2%zz', 'key=hunter2%0d%0ax: y'])(
    'refuses the headers %s without repeating them',
    async (headers) => {
      const problem = await problemOf({ telemetry: { otlp_endpoint: HERE, otlp_headers: headers } });
      expect(problem.key).toBe('telemetry.otlp_headers');
      expect(JSON.stringify(problem)).not.toContain('hunter2');
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: HERE, OTEL_EXPORTER_OTLP_HEADERS: headers };
      expect(await problemOf({}, { env })).toMatchObject({ key: 'OTEL_EXPORTER_OTLP_HEADERS' });
    },
  );

  it('warns of what it does not understand of the rest', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: HERE,
      OTEL_RESOURCE_ATTRIBUTES: 'a',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    };
    const warnings = await warningsOf({ file: REAL, env });
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toContain('OTEL_RESOURCE_ATTRIBUTES');
    expect(warnings.join()).toContain('OTEL_EXPORTER_OTLP_PROTOCOL');
  });
});
