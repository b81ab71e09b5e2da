// The client half of grpc_peer.py in Node: node client.js TARGET [AUTHORITY], the same commands and answers line by line.
"use strict";
const readline = require("node:readline");
const grpc = require("@grpc/grpc-js");
const xds = require("@grpc/grpc-js-xds");

xds.register();
const [target, authority] = process.argv.slice(2);
const client = new grpc.Client(target, grpc.credentials.createInsecure(), authority ? { "grpc.default_authority": authority } : {});
const bytes = (value) => value;

function call(command) {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(command.metadata ?? {})) metadata.set(name, value);
  const deadline = Date.now() + 1000 * (command.timeout ?? 10);
  return new Promise((resolve) => {
    client.makeUnaryRequest(command.method, bytes, bytes, Buffer.from(command.body ?? ""), metadata, { deadline }, (error, answer) =>
      resolve(error ? grpc.status[error.code] : answer.toString()));
  });
}

async function main() {
  console.log("ready");
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    const answers = {};
    for (let i = 0; i < (command.count ?? 1); i++) {
      const answer = await call(command);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    console.log(JSON.stringify({ answers }));
  }
  client.close();
}

main();
