import { isIPv4 } from 'node:net';
import type { V1HTTPIngressPath, V1NetworkPolicyPeer } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { containersOf, ingresses, isOurs, type Manifest, type Pod, pods, policies, selects, services } from '../manifest';
import { objectRule, podRule, type Rule } from './rule';

const NAME = 'app.kubernetes.io/name';
/** The first segments of what clients call; all else (probes, metrics, administration) stays inside. */
const PUBLIC: Readonly<Record<string, string>> = { '/api/v1/workspaces': 'analytics-api', '/api/v1/stream': 'analytics-api', '/docs': 'analytics-api', '/live': 'websocket-gateway' };
/** Namespaces that a policy may name. */
const NEIGHBOURS = ['ingress-nginx', 'kube-system', 'shadower-analytics', 'shadower-monitoring'];
const PRODUCT = { matchLabels: { 'app.kubernetes.io/part-of': 'shadower-analytics' } };
/** Policies that are about more than the one workload of their name. */
const SCOPES: Readonly<Record<string, object>> = {
  'default-deny': {},
  'allow-dns': {},
  'allow-telemetry': PRODUCT,
  'allow-data-stores': PRODUCT,
  'data-stores': { matchLabels: { 'app.kubernetes.io/component': 'data-store' } },
};
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/** A private network or a part of one, written with zeros behind its length, as the API server wants it. */
function isPrivate(cidr: string): boolean {
  const parse = (text: string) => {
    const [, address = '', length = ''] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(text) ?? [];
    const bytes = address.split('.').map(Number);
    return { number: bytes.reduce((sum, byte) => sum * 256 + byte, 0), size: 2 ** (32 - Number(length)), valid: isIPv4(address) && Number(length) <= 32 };
  };
  const { number, size, valid } = parse(cidr);
  return valid && number % size === 0 && PRIVATE.map(parse).some((range) => number >= range.number && number + size <= range.number + range.size);
}

const policiesOf = (pod: Pod, objects: Manifest[], type: string) => policies(objects).filter((policy) => selects(policy.spec?.podSelector ?? {}, pod.labels) && policy.spec?.policyTypes?.includes(type));
const selected = (labels: Record<string, string> | undefined, objects: Manifest[]) => pods(objects).filter((pod) => labels && selects({ matchLabels: labels }, pod.labels));
const neighbour = (peer: V1NetworkPolicyPeer) => peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'];
const peersOf = (policy: ReturnType<typeof policies>[number]) => [...(policy.spec?.ingress ?? []).flatMap(fromOf), ...(policy.spec?.egress ?? []).flatMap((rule) => rule.to ?? [])];
/** YAML says `from`; the generated type says `_from`. */
const fromOf = (rule: object) => (rule as { from?: V1NetworkPolicyPeer[] }).from ?? [];
const egressPorts = (pod: Pod, objects: Manifest[]) => policiesOf(pod, objects, 'Egress').flatMap((p) => (p.spec?.egress ?? []).flatMap((rule) => (rule.ports ?? []).map((port) => `${port.protocol}/${port.port}`)));
const pathsOf = (ingress: ReturnType<typeof ingresses>[number]): V1HTTPIngressPath[] => (ingress.spec?.rules ?? []).flatMap((rule) => rule.http?.paths ?? []);

/** Who may talk to whom, and where. */
export const NETWORK: readonly Rule[] = [
  podRule('denied-by-default', 'trivy KSV038, polaris missingNetworkPolicy, kube-score pod-networkpolicy', (pod, objects) =>
    ['Ingress', 'Egress'].filter((type) => !policiesOf(pod, objects, type).some((p) => Object.keys(p.spec?.podSelector ?? { none: 1 }).length === 0 && p.spec?.ingress === undefined && p.spec?.egress === undefined)),
  ),
  podRule('reaches-dns', 'a pod without names reaches nothing', (pod, objects) => ['UDP/53', 'TCP/53'].filter((port) => !egressPorts(pod, objects).includes(port))),
  podRule('reaches-data-and-telemetry', 'and what it works with', (pod, objects) => (isOurs(pod) ? ['TCP/5432', 'TCP/6379', 'TCP/4317', 'TCP/443'].filter((port) => !egressPorts(pod, objects).includes(port)) : [])),
  podRule('is-reached', 'kube-score pod-networkpolicy: a pod that listens has a policy that lets somebody in', (pod, objects) => {
    const open = policiesOf(pod, objects, 'Ingress').flatMap((p) => (p.spec?.ingress ?? []).filter((rule) => fromOf(rule).length > 0).flatMap((rule) => (rule.ports ?? []).map((port) => port.port)));
    return containersOf(pod).flatMap((c) => (c.ports ?? []).filter((port) => !open.includes(port.name) && !open.includes(port.containerPort)).map((port) => port.name ?? ''));
  }),
  objectRule('policy-scope', 'a policy guards what its name says', policies, (p) => JSON.stringify(p.spec?.podSelector) !== JSON.stringify(SCOPES[p.metadata.name ?? ''] ?? { matchLabels: { [NAME]: p.metadata.name } })),
  objectRule('policy-peers-are-picked', 'an empty selector is everybody', policies, (p) =>
    peersOf(p).some((peer) => !peer.ipBlock && [peer.podSelector, peer.namespaceSelector].some((selector) => selector && Object.keys(selector.matchLabels ?? {}).length === 0)),
  ),
  objectRule('policy-picks-something', 'kube-score networkpolicy-targets-pod', policies, (p, objects) => !pods(objects).some((pod) => selects(p.spec?.podSelector ?? {}, pod.labels))),
  objectRule('policy-types-match', 'a policy says which way it guards', policies, (p) => {
    const types = p.spec?.policyTypes?.join();
    const rules = [p.spec?.ingress && 'Ingress', p.spec?.egress && 'Egress'].filter(Boolean).join();
    return rules === '' ? types !== 'Ingress,Egress' : types !== rules;
  }),
  objectRule('policy-names-ports', 'to open a peer is to open a port of it', policies, (p) =>
    [...(p.spec?.ingress ?? []), ...(p.spec?.egress ?? [])].some((rule) => !rule.ports?.length || rule.ports.some((port) => port.port === undefined || !port.protocol)),
  ),
  objectRule('policy-names-peers', 'trivy KSV: no rule is open to everybody', policies, (p) => [...(p.spec?.ingress ?? []).map(fromOf), ...(p.spec?.egress ?? []).map((rule) => rule.to ?? [])].some((peers) => peers.length === 0)),
  objectRule('policy-peers-exist', 'a peer is a known neighbour, or a pod of this rendering', policies, (p, objects) =>
    peersOf(p).flatMap((peer) => {
      if (peer.ipBlock) return [];
      const space = neighbour(peer);
      if (peer.namespaceSelector) return NEIGHBOURS.includes(space ?? '') && Object.keys(peer.namespaceSelector.matchLabels ?? {}).length === 1 ? [] : [`namespace ${space}`];
      return selected(peer.podSelector?.matchLabels, objects).length > 0 ? [] : [`pods ${JSON.stringify(peer.podSelector?.matchLabels)}`];
    }),
  ),
  objectRule('policy-neighbours-are-narrow', 'of a foreign namespace only the pods that are meant', policies, (p) => {
    const meant: Record<string, string> = { 'kube-system': '{"k8s-app":"kube-dns"}', 'shadower-monitoring': '{"app.kubernetes.io/name":"otel-collector"}' };
    return (p.spec?.egress ?? []).flatMap((rule) => rule.to ?? []).some((peer) => neighbour(peer) && JSON.stringify(peer.podSelector?.matchLabels) !== meant[neighbour(peer) ?? '']);
  }),
  objectRule('blocks-are-blocks', 'the internet is the internet without the private networks; all else is private', policies, (p) =>
    peersOf(p).flatMap(({ ipBlock }) => {
      if (!ipBlock) return [];
      const right = ipBlock.cidr === '0.0.0.0/0' ? ipBlock.except?.join() === PRIVATE.join() : isPrivate(ipBlock.cidr) && !ipBlock.except;
      return right ? [] : [ipBlock.cidr];
    }),
  ),
  objectRule('service-picks-pods', 'kube-score service-targets-pod', services, (s, objects) => {
    const targets = selected(s.spec?.selector, objects);
    return targets.length !== 1 || s.metadata.name !== targets[0]?.owner.metadata.name || Object.keys(s.spec?.selector ?? {}).join() !== NAME;
  }),
  objectRule('service-ports', 'a port that a container opens, under the same number', services, (s, objects) => {
    const open = selected(s.spec?.selector, objects).flatMap(containersOf).flatMap((c) => c.ports ?? []);
    const ports = s.spec?.ports ?? [];
    return ports.length === 0 ? true : ports.filter((port) => !open.some((o) => o.name === port.targetPort && o.name === port.name && o.containerPort === port.port && o.protocol === port.protocol)).map((port) => port.name ?? '');
  }),
  objectRule('service-protocol', 'a proxy or a mesh need not guess that it is HTTP', services, (s) => (s.spec?.ports ?? []).some((port) => (port.name === 'http') !== (port.appProtocol === 'http'))),
  objectRule('stuck-workers-are-heard', 'what says that all workers are stuck comes from workers that are stuck; clients never meet a pod that is not ready', services, (s) => (s.spec?.publishNotReadyAddresses ?? false) !== (s.metadata.name === 'jobs-worker')),
  objectRule('service-is-internal', 'kube-score service-type, trivy KSV: only the Ingress is public', services, (s) => s.spec?.type !== 'ClusterIP' || (s.spec.externalIPs ?? []).length > 0 || s.spec.externalName !== undefined),
  objectRule('ingress-target', 'kube-score ingress-targets-service', ingresses, (i, objects) =>
    pathsOf(i).filter(({ backend }) => !services(objects).some((s) => s.metadata.name === backend.service?.name && s.spec?.ports?.some((port) => port.name === backend.service?.port?.name))).map((path) => path.path ?? ''),
  ),
  objectRule('ingress-paths', 'what clients call and nothing else', ingresses, (i) => {
    const wrong = pathsOf(i).filter(({ path, pathType, backend }) => PUBLIC[path ?? ''] !== backend.service?.name || (path === '/live') !== (pathType === 'Exact') || backend.service?.name !== i.metadata.name);
    const missing = Object.entries(PUBLIC).filter(([path, app]) => app === i.metadata.name && !pathsOf(i).some((one) => one.path === path));
    return [...wrong.map(({ path }) => path ?? ''), ...missing.map(([path]) => `${path} leads nowhere`), ...(pathsOf(i).length === 0 ? ['no path'] : [])];
  }),
  objectRule('ingress-tls', 'kube-score, polaris tlsSettingsMissing', ingresses, (i) => {
    const hosts = (i.spec?.rules ?? []).map((rule) => rule.host);
    const [tls, ...more] = i.spec?.tls ?? [];
    return hosts.some((host) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host ?? '')) || tls?.hosts?.join() !== hosts.join() || tls.secretName !== 'analytics-tls' || more.length > 0 || i.spec?.ingressClassName !== 'nginx' || i.metadata.annotations?.['nginx.ingress.kubernetes.io/ssl-redirect'] !== 'true';
  }),
  objectRule('ingress-limits', 'a WebSocket outlives a request; a body is as large as the API takes', ingresses, (i) => {
    const note = (name: string) => i.metadata.annotations?.[`nginx.ingress.kubernetes.io/${name}`];
    if (i.metadata.name === 'analytics-api') return note('proxy-body-size') !== '1m' || note('proxy-read-timeout') !== '30';
    return note('proxy-read-timeout') !== '3600' || note('proxy-send-timeout') !== '3600' || note('proxy-buffering') !== 'off';
  }),
  objectRule('annotations-are-known', 'a misspelt annotation is silent', (objects) => objects, (o) => {
    const known = /^(nginx\.ingress\.kubernetes\.io\/(ssl-redirect|proxy-(body-size|read-timeout|send-timeout|buffering))|argocd\.argoproj\.io\/hook(-delete-policy)?|kustomize\.toolkit\.fluxcd\.io\/force)$/;
    return Object.keys(o.metadata.annotations ?? {}).filter((key) => !known.test(key));
  }),
];
