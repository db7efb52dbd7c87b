import type { V1PolicyRule } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { configMaps, containersOf, type Manifest, ofKind, type Pod, pods, secrets } from '../manifest';
import { objectRule, podRule, type Rule } from './rule';

interface Role extends Manifest {
  rules?: V1PolicyRule[];
}
interface Namespace extends Manifest {
  kind: 'Namespace';
}
interface ServiceAccount extends Manifest {
  automountServiceAccountToken?: boolean;
}

const CLUSTER_WIDE = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'];
const READ_VERBS = ['get', 'list', 'watch'];
/** The Secrets that production is given from outside; secrets.template.yaml lists their keys. */
const GIVEN_SECRETS = ['analytics-secrets', 'analytics-migration-secrets', 'analytics-tls', 'elasticsearch-credentials'];

const roles = (objects: Manifest[]) => [...ofKind<Role>(objects, 'Role'), ...ofKind<Role>(objects, 'ClusterRole')];
const configMapsOf = (pod: Pod): string[] => [
  ...containersOf(pod).flatMap((c) => (c.envFrom ?? []).map((source) => source.configMapRef?.name ?? 'an envFrom of something else')),
  ...(pod.spec.volumes ?? []).flatMap((volume) => (volume.configMap ? [volume.configMap.name ?? ''] : [])),
];
const secretsOf = (pod: Pod): { name: string; keys: string[] }[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => (volume.secret ? [{ name: volume.secret.secretName ?? '', keys: (volume.secret.items ?? []).map((item) => item.key) }] : []));

/** Names, identities, configuration and secrets. */
export const IDENTITY: readonly Rule[] = [
  objectRule('names', 'a DNS label, once a kind', (objects) => objects, (o, objects) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(o.metadata?.name ?? '') || objects.filter((other) => other.kind === o.kind && other.metadata?.name === o.metadata?.name).length !== 1),
  objectRule('namespace-is-said', 'polaris, trivy KSV110: nothing lands in `default`', (objects) => objects.filter((o) => !CLUSTER_WIDE.includes(o.kind)), (o, objects) => !ofKind(objects, 'Namespace').some((space) => space.metadata.name === o.metadata?.namespace)),
  objectRule('namespace-is-restricted', 'Pod Security admission', (objects) => ofKind<Namespace>(objects, 'Namespace'), (n) => {
    const label = (name: string) => n.metadata.labels?.[`pod-security.kubernetes.io/${name}`];
    return n.metadata.namespace !== undefined || label('enforce') !== 'restricted' || label('enforce-version') !== 'latest' || label('audit') !== 'restricted' || label('warn') !== 'restricted';
  }),
  objectRule('part-of', 'everything can be found by one label', (objects) => objects, (o) => o.metadata?.labels?.['app.kubernetes.io/part-of'] !== 'shadower-analytics' || o.metadata.labels['app.kubernetes.io/managed-by'] !== 'kustomize'),
  objectRule('labels-are-known', 'a misspelt label is silent', (objects) => objects, (o) => {
    const template = pods([o])[0]?.labels ?? {};
    return [...Object.keys(o.metadata?.labels ?? {}), ...Object.keys(template)].filter((key) => !/^(app\.kubernetes\.io\/(name|component|part-of|managed-by)|pod-security\.kubernetes\.io\/(enforce|enforce-version|audit|warn))$/.test(key));
  }),
  podRule('pods-are-part-of', 'policies pick the product’s pods by this label; data stores are not the product', (pod) => (pod.labels['app.kubernetes.io/component'] === 'data-store') === (pod.labels['app.kubernetes.io/part-of'] === 'shadower-analytics')),
  podRule('service-account-exists', 'a pod of an account that is not there never starts', (pod, objects) => !ofKind(objects, 'ServiceAccount').some((account) => account.metadata.name === pod.spec.serviceAccountName)),
  objectRule('service-account-without-token', 'trivy KSV036, kube-score', (objects) => ofKind<ServiceAccount>(objects, 'ServiceAccount'), (a, objects) => a.automountServiceAccountToken !== false || !pods(objects).some((pod) => pod.spec.serviceAccountName === a.metadata.name)),
  objectRule('roles-only-read', 'trivy KSV041 to KSV056, polaris: no wildcard, no Secret, no exec, no escalation', roles, (role) =>
    (role.rules ?? []).flatMap((rule) => [...(rule.verbs ?? []).filter((verb) => !READ_VERBS.includes(verb)), ...(rule.resources ?? []).filter((resource) => /\*|secrets|exec|attach|portforward/.test(resource)), ...(rule.apiGroups ?? []).filter((group) => group === '*')]),
  ),
  podRule('configuration-exists', 'a ConfigMap that is named is rendered', (pod, objects) => configMapsOf(pod).filter((name) => !configMaps(objects).some((map) => map.metadata.name === name))),
  objectRule('configuration-is-read', 'and the reverse', configMaps, (map, objects) => !pods(objects).some((pod) => configMapsOf(pod).includes(map.metadata.name ?? ''))),
  objectRule('configuration-is-no-secret', 'trivy KSV01010', configMaps, (map) =>
    Object.entries(map.data ?? {}).filter(([key, value]) => /PASSWORD|SECRET|TOKEN|DSN|DATABASE_URL|REDIS_URL/.test(key) || /:\/\/[^/\s:]+:[^/\s@]+@/.test(value)).map(([key]) => key),
  ),
  podRule('secret-exists', 'with the keys that are mounted', (pod, objects) =>
    secretsOf(pod).flatMap(({ name, keys }) => {
      const rendered = secrets(objects).find((secret) => secret.metadata.name === name);
      if (rendered) return keys.filter((key) => !(key in (rendered.data ?? {})));
      return GIVEN_SECRETS.includes(name) && secrets(objects).length === 0 ? [] : [`there is no Secret ${name}`];
    }),
  ),
  objectRule('secret-is-read', 'and the reverse; opaque, not empty but for the error tracker', secrets, (secret, objects) => {
    const read = pods(objects).flatMap(secretsOf).filter((one) => one.name === secret.metadata.name).flatMap((one) => one.keys);
    const wrong = Object.entries(secret.data ?? {}).filter(([key, value]) => !read.includes(key) || (value === '' && key !== 'sentry-dsn') || !/^[A-Za-z0-9+/\s]*=*\s*$/.test(value)).map(([key]) => key);
    return [...wrong, ...(secret.type === 'Opaque' && secret.stringData === undefined ? [] : ['type'])];
  }),
  {
    id: 'no-secret-in-production',
    after: 'a secret in a repository is a published one',
    check: (objects) => (configMaps(objects).some((map) => map.data?.APP_ENV === 'production') ? secrets(objects).map((secret) => secret.metadata.name ?? '') : []),
  },
];
