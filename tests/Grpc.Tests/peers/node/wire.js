// The few bytes of protobuf and gRPC that server.js and client.js share.
'use strict';

const LIMIT = 20 * 1024 * 1024;
const OPTIONS = { 'grpc.max_receive_message_length': LIMIT, 'grpc.max_send_message_length': -1 };

// BytesValue with this value.
function pack(data) {
  const value = Buffer.from(data);
  if (value.length === 0) return value;
  const head = [0x0a];
  let length = value.length;
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128);
  head.push(length);
  return Buffer.concat([Buffer.from(head), value]);
}

// The value of a BytesValue.
function unpack(message) {
  if (message.length === 0) return message;
  if (message[0] !== 0x0a) throw new Error(`not a BytesValue: ${message.subarray(0, 8).toString('hex')}`);
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const byte = message[at++];
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  if (message.length !== at + length) throw new Error('BytesValue of another length');
  return message.subarray(at);
}

function method(name, requestStream, responseStream, service = 'mesh.test.Echo') {
  const same = (bytes) => bytes;
  return {
    path: `/${service}/${name}`,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

const SERVICE = {
  unary: method('Unary', false, false),
  serverStream: method('ServerStream', false, true),
  clientStream: method('ClientStream', true, false),
  bidi: method('Bidi', true, true),
  metadata: method('Metadata', false, false),
  fail: method('Fail', false, false),
  wait: method('Wait', true, true),
  waits: method('Waits', false, false),
};

module.exports = { OPTIONS, SERVICE, method, pack, unpack };
