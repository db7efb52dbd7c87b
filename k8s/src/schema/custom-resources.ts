import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const metadata = z.strictObject({ name, namespace: name.optional(), labels: z.record(z.string(), z.string()).optional(), annotations: z.record(z.string(), z.string()).optional() });
const duration = z.string().regex(/^(\d+(ms|[smhdwy]))+$/, 'must be a duration such as 15s');
const limit = z.number().int().positive();
const resource = <S extends z.ZodType>(apiVersion: string, kind: string, spec: S) => z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata, spec });

const selector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z.array(z.strictObject({ key: z.string(), operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), values: z.array(z.string()).optional() })).optional(),
});

const alert = z.strictObject({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string().min(1),
  for: duration.optional(),
  keep_firing_for: duration.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/**
 * The custom resources that the optional components use: of each only the fields that we do use, so that a misspelt one is unknown.
 * After the definitions of the Prometheus operator 0.80 and KEDA 2.17.
 */
export const CUSTOM_RESOURCES: Readonly<Record<string, z.ZodType>> = {
  PodMonitor: resource(
    'monitoring.coreos.com/v1',
    'PodMonitor',
    z.strictObject({
      jobLabel: z.string(),
      sampleLimit: limit,
      namespaceSelector: z.strictObject({ matchNames: z.array(name).min(1) }).optional(),
      selector,
      podMetricsEndpoints: z.array(z.strictObject({ port: z.string(), path: z.string().startsWith('/'), scheme: z.enum(['http', 'https']), interval: duration, scrapeTimeout: duration, relabelings: z.array(z.strictObject({ action: z.literal('labeldrop'), regex: z.string().min(1) })).min(1).optional() })).min(1),
    }),
  ),
  ScrapeConfig: resource(
    'monitoring.coreos.com/v1alpha1',
    'ScrapeConfig',
    z.strictObject({
      jobName: z.string(),
      metricsPath: z.string().startsWith('/'),
      scheme: z.enum(['HTTP', 'HTTPS']),
      scrapeInterval: duration,
      scrapeTimeout: duration,
      sampleLimit: limit,
      staticConfigs: z.array(z.strictObject({ targets: z.array(z.string().regex(/^[a-z0-9.-]+:\d+$/)).min(1), labels: z.record(z.string(), z.string()).optional() })).min(1),
    }),
  ),
  PrometheusRule: resource(
    'monitoring.coreos.com/v1',
    'PrometheusRule',
    z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), interval: duration.optional(), rules: z.array(alert).min(1) })).min(1) }),
  ),
  ScaledObject: resource(
    'keda.sh/v1alpha1',
    'ScaledObject',
    z.strictObject({
      scaleTargetRef: z.strictObject({ apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), name }),
      pollingInterval: z.number().int().min(5).max(60),
      cooldownPeriod: z.number().int().min(60).max(3600),
      minReplicaCount: limit,
      maxReplicaCount: limit,
      advanced: z.strictObject({
        horizontalPodAutoscalerConfig: z.strictObject({
          behavior: z.strictObject({
            scaleDown: z.strictObject({
              stabilizationWindowSeconds: z.number().int(),
              selectPolicy: z.enum(['Max', 'Min', 'Disabled']),
              policies: z.array(z.strictObject({ type: z.enum(['Pods', 'Percent']), value: limit, periodSeconds: limit })),
            }),
          }),
        }),
      }),
      fallback: z.strictObject({ failureThreshold: limit, replicas: limit, behavior: z.enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower']) }),
      triggers: z.array(
        z.strictObject({
          type: z.literal('prometheus'),
          metricType: z.enum(['AverageValue', 'Value']),
          metadata: z.strictObject({ serverAddress: z.url(), query: z.string(), threshold: z.string().regex(/^\d+$/), activationThreshold: z.string().regex(/^\d+$/), ignoreNullValues: z.enum(['true', 'false']) }),
        }),
      ).min(1),
    }),
  ),
};
