// A second client of the API server: Kubernetes' own for JavaScript. Usage: node cluster.js KUBECONFIG NAMESPACE; one JSON line a finding.
const k8s = require('@kubernetes/client-node');

const [, , file, namespace] = process.argv;
const config = new k8s.KubeConfig();
config.loadFromFile(file);
const core = config.makeApiClient(k8s.CoreV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const leases = config.makeApiClient(k8s.CoordinationV1Api);
const rules = { group: 'networking.istio.io', version: 'v1', namespace, plural: 'destinationrules' };

function say(what, value) {
  console.log(JSON.stringify({ what, value }));
}

function service(name) {
  return { metadata: { name, labels: { suite: 'node' } }, spec: { ports: [{ name: 'http', port: 80 }] } };
}

async function failure(call) {
  try {
    await call();
    return 0;
  } catch (error) {
    return error.code;
  }
}

async function lists() {
  for (const name of ['a', 'b', 'c']) {
    await core.createNamespacedService({ namespace, body: service(name) });
  }
  const names = [];
  let page = { metadata: {} };
  do {
    page = await core.listNamespacedService({ namespace, limit: 2, labelSelector: 'suite=node', _continue: page.metadata._continue });
    names.push(...page.items.map((item) => item.metadata.name));
  } while (page.metadata._continue);
  say('pages', names);
  say('twice', await failure(() => core.createNamespacedService({ namespace, body: service('a') })));
  const old = await core.readNamespacedService({ namespace, name: 'a' });
  await core.replaceNamespacedService({ namespace, name: 'a', body: { ...old, metadata: { ...old.metadata, labels: { suite: 'node', x: 'y' } } } });
  say('conflict', await failure(() => core.replaceNamespacedService({ namespace, name: 'a', body: old })));
  say('missing', await failure(() => core.readNamespacedService({ namespace, name: 'none' })));
}

async function custom_objects() {
  const body = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'node' }, spec: { host: 'a' } };
  const made = await custom.createNamespacedCustomObject({ ...rules, body });
  say('generation', made.metadata.generation);
  const merge = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
  const patched = await custom.patchNamespacedCustomObjectStatus(
    { ...rules, name: 'node', body: { spec: { host: 'other' }, status: { seen: true } } }, merge);
  say('status', [patched.spec.host, patched.status.seen, patched.metadata.generation]);
  const list = await custom.listNamespacedCustomObject(rules);
  say('items', list.items.map((item) => [item.kind, item.apiVersion, item.metadata.name]));
}

async function lease() {
  const body = { metadata: { name: 'node' }, spec: { holderIdentity: 'node', leaseDurationSeconds: 15, renewTime: new k8s.V1MicroTime() } };
  const made = await leases.createNamespacedLease({ namespace, body });
  say('lease', made.spec.holderIdentity);
}

function events() {
  return new Promise((resolve, reject) => {
    const informer = k8s.makeInformer(
      config, `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: 'suite=node' }), 'suite=node');
    const seen = [];
    const note = (kind) => (item) => {
      seen.push(`${kind} ${item.metadata.name}`);
      if (kind === 'delete') {
        informer.stop().then(() => { say('events', seen); resolve(); });
      }
    };
    informer.on('add', note('add'));
    informer.on('update', note('update'));
    informer.on('delete', note('delete'));
    // Stopping aborts the request under way, which is told as an error.
    informer.on('error', (error) => (error && error.name === 'AbortError' ? undefined : reject(error)));
    informer.on('connect', async () => {
      try {
        const metadata = { name: 'watched', labels: { suite: 'node' } };
        await core.createNamespacedConfigMap({ namespace, body: { metadata, data: { a: '1' } } });
        await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: { metadata, data: { a: '2' } } });
        await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
      } catch (error) {
        reject(error);
      }
    });
    informer.start().catch(reject);
  });
}

async function main() {
  await lists();
  await custom_objects();
  await lease();
  await events();
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
