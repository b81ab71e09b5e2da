// Reads {"schemas": {KEY: SCHEMA}, "objects": [{"schema": KEY, "value": OBJECT}]} and answers with the problems of each object by ajv.
import Ajv from "ajv";

const chunks = [];
for await (const chunk of process.stdin) {
  chunks.push(chunk);
}

const { schemas, objects } = JSON.parse(Buffer.concat(chunks).toString());
// Kubernetes' own keywords (x-kubernetes-…) and formats are not JSON schema's.
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const validators = Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, ajv.compile(schema)]));
const problems = objects.map(({ schema, value }) => {
  const validate = validators[schema];
  return validate(value) ? [] : validate.errors.map((error) => `${error.instancePath} ${error.message}`);
});
console.log(JSON.stringify(problems));
