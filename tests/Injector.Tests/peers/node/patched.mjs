// Reads lines of {"name", "pod", "patch"}; answers each with {"name", "pod", "decoded"}: the pod after the patch by fast-json-patch, and the same
// after it went through the types of Kubernetes' JavaScript client, which drop what the API does not have.
import * as readline from "node:readline";
import jsonpatch from "fast-json-patch";

// The client does not export its types' reader.
const reader = new URL("./node_modules/@kubernetes/client-node/dist/gen/models/ObjectSerializer.js", import.meta.url);
const { ObjectSerializer } = await import(reader);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { name, pod, patch } = JSON.parse(line);
  const { newDocument } = jsonpatch.applyPatch(structuredClone(pod), patch, true, true);
  const decoded = ObjectSerializer.serialize(ObjectSerializer.deserialize(newDocument, "V1Pod"), "V1Pod");
  console.log(JSON.stringify({ name, pod: newDocument, decoded }));
}
