import type * as k8s from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

/** Any rendered object. What a rule reads of it is typed by the accessors below. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: k8s.V1ObjectMeta;
}

/** A pod template and the object that it stands in. */
export interface Pod {
  owner: Manifest;
  labels: Record<string, string>;
  spec: k8s.V1PodSpec;
}

export type Container = k8s.V1Container;

export const ofKind = <T extends Manifest>(objects: Manifest[], kind: string): T[] => objects.filter((o) => o.kind === kind) as T[];

export const deployments = (objects: Manifest[]) => ofKind<Manifest & k8s.V1Deployment>(objects, 'Deployment');
export const statefulSets = (objects: Manifest[]) => ofKind<Manifest & k8s.V1StatefulSet>(objects, 'StatefulSet');
export const jobs = (objects: Manifest[]) => ofKind<Manifest & k8s.V1Job>(objects, 'Job');
export const services = (objects: Manifest[]) => ofKind<Manifest & k8s.V1Service>(objects, 'Service');
export const ingresses = (objects: Manifest[]) => ofKind<Manifest & k8s.V1Ingress>(objects, 'Ingress');
export const policies = (objects: Manifest[]) => ofKind<Manifest & k8s.V1NetworkPolicy>(objects, 'NetworkPolicy');
export const budgets = (objects: Manifest[]) => ofKind<Manifest & k8s.V1PodDisruptionBudget>(objects, 'PodDisruptionBudget');
export const autoscalers = (objects: Manifest[]) => ofKind<Manifest & k8s.V2HorizontalPodAutoscaler>(objects, 'HorizontalPodAutoscaler');
export const configMaps = (objects: Manifest[]) => ofKind<Manifest & k8s.V1ConfigMap>(objects, 'ConfigMap');
export const secrets = (objects: Manifest[]) => ofKind<Manifest & k8s.V1Secret>(objects, 'Secret');

/** The objects that run pods, whatever their kind. */
export const pods = (objects: Manifest[]): Pod[] =>
  objects.flatMap((owner) => {
    const template = (owner as Manifest & { spec?: { template?: k8s.V1PodTemplateSpec } }).spec?.template;
    return template?.spec ? [{ owner, labels: template.metadata?.labels ?? {}, spec: template.spec }] : [];
  });

export const containersOf = (pod: Pod): Container[] => [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];

/** Kind and name, as a finding shows them. */
export const nameOf = (object: Manifest): string => `${object.kind}/${object.metadata?.name}`;

/** Whether an equality selector picks pods with these labels. An absent selector picks none, an empty one all. */
export const selects = (selector: { matchLabels?: Record<string, string> } | undefined, labels: Record<string, string>): boolean =>
  selector !== undefined && Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);

/** The app whose image this is, from whatever registry: `registry.example.com:5000/team/analytics-api:0.1.0@sha256:...`. */
export const appOf = (image = ''): string | undefined => /(?:^|\/)(analytics-api|jobs-worker|websocket-gateway)(?:[:@]|$)/.exec(image)?.[1];

/** True when the pods run the image of one of the three apps. */
export const isOurs = (pod: Pod): boolean => containersOf(pod).some((container) => appOf(container.image) !== undefined);

/** True when this rendering is for production, by the configuration that it carries. */
export const isProduction = (objects: Manifest[]): boolean => configMaps(objects).some((map) => map.data?.APP_ENV === 'production');
