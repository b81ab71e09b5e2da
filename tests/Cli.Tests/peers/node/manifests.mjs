// manifests.mjs SERVER: reads an object a line and answers each with {"decoded", "applied"}: the object after it went through the types of Kubernetes'
// JavaScript client, which drop what the API does not have, and what the server has after the client created it there.
import * as readline from "node:readline";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";

// The client does not export its types' reader.
const reader = new URL("./node_modules/@kubernetes/client-node/dist/gen/models/ObjectSerializer.js", import.meta.url);
const { ObjectSerializer } = await import(reader);

const config = new KubeConfig();
config.loadFromClusterAndUser({ name: "double", server: process.argv[2], skipTLSVerify: true }, { name: "nobody" });
const client = KubernetesObjectApi.makeApiClient(config);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const object = JSON.parse(line);
  const version = object.apiVersion.split("/").at(-1);
  const type = version[0].toUpperCase() + version.slice(1) + object.kind;
  const decoded = ObjectSerializer.serialize(ObjectSerializer.deserialize(object, type), type);
  await client.create(object);
  const { apiVersion, kind, metadata } = object;
  const applied = await client.read({ apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } });
  console.log(JSON.stringify({ decoded, applied: { kind: applied.kind, name: applied.metadata.name, version: applied.metadata.resourceVersion } }));
}
