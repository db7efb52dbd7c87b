import { autoscalers, budgets, deployments, isProduction, jobs, type Manifest, ofKind, pods, secrets, selects, services, statefulSets } from '../manifest';
import { objectRule, type Rule } from './rule';

interface ScaleDown {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: object[];
}
interface ScaledObject extends Manifest {
  spec: {
    scaleTargetRef: { name: string };
    minReplicaCount: number;
    maxReplicaCount: number;
    advanced?: { horizontalPodAutoscalerConfig?: { behavior?: { scaleDown?: ScaleDown } } };
    fallback: { replicas: number; failureThreshold: number; behavior: string };
    triggers: { metadata: { query: string; threshold: string; activationThreshold: string; ignoreNullValues?: string } }[];
  };
}
/** What each is scaled by, and how much of it a replica may have: seconds, connections (of the 10,000 that a gateway takes), hundredths of a core. */
const SCALED_BY: Readonly<Record<string, readonly { query: string; least: number; most: number }[]>> = {
  'jobs-worker': [{ query: 'max(background_job_oldest_age_seconds{state="waiting"})', least: 5, most: 60 }],
  'websocket-gateway': [
    { query: 'sum(websocket_connections_active)', least: 1_000, most: 8_000 },
    { query: '100 * sum(rate(process_cpu_seconds_total{job="websocket-gateway"}[2m]))', least: 40, most: 80 },
  ],
};
/** One pod a minute after five quiet minutes. */
const isSlow = (down: ScaleDown | undefined): boolean => down?.stabilizationWindowSeconds === 300 && down.selectPolicy === 'Max' && JSON.stringify(down.policies?.map((policy) => Object.entries(policy).sort())) === JSON.stringify([[['periodSeconds', 60], ['type', 'Pods'], ['value', 1]]]);
const scaledObjects = (objects: Manifest[]) => ofKind<ScaledObject>(objects, 'ScaledObject');
const between = (value: number | undefined, least: number, most: number) => value !== undefined && value >= least && value <= most;
const workloads = (objects: Manifest[]) => [...deployments(objects), ...statefulSets(objects)];

/** What holds for the objects that keep pods running. */
export const WORKLOAD: readonly Rule[] = [
  objectRule('selector-is-the-name', 'kube-score deployment-pod-selector-labels-match-template-metadata-labels', workloads, (w) => {
    const own = { 'app.kubernetes.io/name': w.metadata.name };
    return JSON.stringify(w.spec?.selector) !== JSON.stringify({ matchLabels: own }) || !selects(w.spec?.selector, w.spec?.template.metadata?.labels ?? {});
  }),
  objectRule('autoscaler-owns-replicas', 'kube-score deployment-targeted-by-hpa-does-not-have-replicas-configured', deployments, (d) => d.spec?.replicas !== undefined),
  objectRule('rollout-takes-nothing-away', 'polaris deploymentMissingReplicas: a new pod is ready before an old one goes', deployments, (d) => {
    const { type, rollingUpdate } = d.spec?.strategy ?? {};
    return type !== 'RollingUpdate' || rollingUpdate?.maxUnavailable !== 0 || rollingUpdate.maxSurge !== 1;
  }),
  objectRule('rollout-is-bounded', 'a rollout that hangs is reported, and can be taken back', deployments, (d) => !between(d.spec?.progressDeadlineSeconds, 120, 600) || !between(d.spec?.revisionHistoryLimit, 2, 10) || !between(d.spec?.minReadySeconds, 1, 30)),
  objectRule('one-scaler', 'two autoscalers on one Deployment fight', deployments, (d, objects) => {
    const scalers = [...autoscalers(objects).map((a) => a.spec?.scaleTargetRef.name), ...scaledObjects(objects).map((s) => s.spec.scaleTargetRef.name)];
    return scalers.filter((name) => name === d.metadata.name).length !== 1;
  }),
  objectRule('has-budget', 'kube-score deployment-has-poddisruptionbudget, polaris missingPodDisruptionBudget', deployments, (d, objects) =>
    budgets(objects).filter((b) => selects(b.spec?.selector, d.spec?.template.metadata?.labels ?? {})).length !== 1,
  ),
  objectRule('budget', 'polaris pdbDisruptionsIsZero: a drain proceeds, one pod at a time, past broken pods too', budgets, (b) => b.spec?.maxUnavailable !== 1 || b.spec.minAvailable !== undefined || b.spec.unhealthyPodEvictionPolicy !== 'AlwaysAllow' || b.spec.selector?.matchLabels?.['app.kubernetes.io/name'] !== b.metadata.name),
  objectRule('autoscaler-target', 'kube-score hpa-has-target', autoscalers, (a, objects) => {
    const target = a.spec?.scaleTargetRef;
    return target?.name !== a.metadata.name || target?.kind !== 'Deployment' || target.apiVersion !== 'apps/v1' || !deployments(objects).some((d) => d.metadata.name === target.name);
  }),
  objectRule('autoscaler-range', 'polaris hpaMinAvailability and hpaMaxAvailability: survives a lost pod in production, and a lost pod there is a third', autoscalers, (a, objects) => {
    const least = isProduction(objects) ? 3 : 1;
    return !between(a.spec?.minReplicas, least, least) || !between(a.spec?.maxReplicas, least * 2, 20);
  }),
  objectRule('autoscaler-metric', 'CPU, with room for the time a new pod needs', autoscalers, (a) => {
    const [metric, ...more] = a.spec?.metrics ?? [];
    return more.length > 0 || metric?.type !== 'Resource' || metric.resource?.name !== 'cpu' || metric.resource.target.type !== 'Utilization' || !between(metric.resource.target.averageUtilization, 50, 80);
  }),
  objectRule('scales-down-slowly', 'one pod a minute after five quiet minutes', autoscalers, (a) => !isSlow(a.spec?.behavior?.scaleDown)),
  objectRule('scaled-object', 'by what users feel, with a floor when Prometheus is away, and three replicas as without it', scaledObjects, (s, objects) => {
    const { scaleTargetRef, minReplicaCount, maxReplicaCount, advanced, fallback, triggers } = s.spec;
    const named = scaleTargetRef.name === s.metadata.name && deployments(objects).some((d) => d.metadata.name === scaleTargetRef.name);
    const ranged = minReplicaCount === 3 && between(maxReplicaCount, 6, 20) && between(fallback.replicas, minReplicaCount, maxReplicaCount) && between(fallback.failureThreshold, 2, 6) && fallback.behavior === 'currentReplicasIfHigher';
    const meant = SCALED_BY[s.metadata.name ?? ''] ?? [];
    const asked = triggers.length === meant.length && triggers.every(({ metadata: { query, threshold, activationThreshold } }, index) => query === meant[index]?.query && between(Number(threshold), meant[index].least, meant[index].most) && activationThreshold === '0');
    return !named || !ranged || !asked || !isSlow(advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown);
  }),
  objectRule('no-answer-is-no-zero', 'a series that is gone must not scale down: KEDA takes it for 0 unless it is told not to', scaledObjects, (s) => s.spec.triggers.some(({ metadata }) => metadata.ignoreNullValues !== 'false')),
  objectRule('job-ends', 'trivy, polaris: bounded in tries, time and traces', jobs, (j) => !between(j.spec?.backoffLimit, 1, 6) || !between(j.spec?.activeDeadlineSeconds, 60, 3600) || !between(j.spec?.ttlSecondsAfterFinished, 3600, 604_800)),
  objectRule('job-can-be-applied-again', 'a Job’s template cannot be changed in place', jobs, (j) => {
    const notes = j.metadata.annotations ?? {};
    return notes['argocd.argoproj.io/hook'] !== 'Sync' || notes['argocd.argoproj.io/hook-delete-policy'] !== 'BeforeHookCreation' || notes['kustomize.toolkit.fluxcd.io/force'] !== 'enabled';
  }),
  objectRule('only-migrations-are-owner', 'the apps cannot read the schema owner’s credentials', secrets, (s, objects) =>
    /migration/.test(s.metadata.name ?? '') && pods(objects).some((pod) => pod.owner.kind !== 'Job' && pod.spec.volumes?.some((v) => v.secret?.secretName === s.metadata.name)),
  ),
  objectRule('data-store', 'for trials only: one instance, replaced in place', statefulSets, (s, objects) =>
    isProduction(objects) || s.spec?.replicas !== 1 || s.spec.updateStrategy?.type !== 'RollingUpdate' || !between(s.spec.minReadySeconds, 1, 30) || !between(s.spec.revisionHistoryLimit, 1, 10),
  ),
  objectRule('data-store-has-a-name', 'kube-score statefulset-has-servicename', statefulSets, (s, objects) => s.spec?.serviceName !== s.metadata.name || !services(objects).some((service) => service.metadata.name === s.spec?.serviceName)),
  objectRule('data-store-keeps-data', 'one volume for one pod', statefulSets, (s) => {
    const [claim, ...more] = s.spec?.volumeClaimTemplates ?? [];
    return more.length > 0 || claim?.spec?.accessModes?.join() !== 'ReadWriteOnce' || !/^\d+Gi$/.test(claim.spec.resources?.requests?.storage ?? '');
  }),
];
