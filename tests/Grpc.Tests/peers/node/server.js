// The Node.js server of peers/README.md, on @grpc/grpc-js.
'use strict';

const grpc = require('@grpc/grpc-js');
const { OPTIONS, SERVICE, pack, unpack } = require('./wire');

let cancelled = 0;
const waiting = [];

function settle() {
  while (cancelled > 0 && waiting.length > 0) {
    cancelled--;
    waiting.shift()(null, pack('cancelled'));
  }
}

const server = new grpc.Server(OPTIONS);
server.addService(SERVICE, {
  unary: (call, callback) => callback(null, call.request),
  serverStream: (call) => {
    const count = Number(unpack(call.request).toString());
    for (let i = 0; i < count; i++) call.write(pack(String(i)));
    call.end();
  },
  clientStream: (call, callback) => {
    const parts = [];
    call.on('data', (message) => parts.push(unpack(message).toString()));
    call.on('end', () => callback(null, pack(parts.join(','))));
  },
  bidi: (call) => {
    call.sendMetadata(new grpc.Metadata());
    call.pipe(call);
  },
  metadata: (call, callback) => {
    const headers = new grpc.Metadata();
    const trailers = new grpc.Metadata();
    for (const name of Object.keys(call.metadata.getMap())) {
      if (!name.startsWith('x-')) continue;
      for (const value of call.metadata.get(name)) {
        headers.add(name, value);
        trailers.add(`t${name}`, value);
      }
    }
    call.sendMetadata(headers);
    callback(null, call.request, trailers);
  },
  fail: (call, callback) => {
    const text = unpack(call.request).toString();
    const bar = text.indexOf('|');
    const metadata = new grpc.Metadata();
    metadata.set('x-why', 'asked-to');
    callback({ code: Number(text.slice(0, bar)), details: text.slice(bar + 1), metadata });
  },
  wait: (call) => {
    call.on('data', () => call.write(pack('waiting')));
    call.on('error', () => {});
    call.on('cancelled', () => {
      cancelled++;
      settle();
    });
  },
  waits: (call, callback) => {
    waiting.push(callback);
    settle();
  },
});

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`port ${port}`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
