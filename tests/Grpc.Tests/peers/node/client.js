// The Node.js client of peers/README.md, on @grpc/grpc-js: client.js PORT.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const grpc = require('@grpc/grpc-js');
const { OPTIONS, SERVICE, method, pack, unpack } = require('./wire');

const definition = {
  ...SERVICE,
  missing: method('Missing', false, false),
  health: method('Check', false, false, 'grpc.health.v1.Health'),
};
const Echo = grpc.makeGenericClientConstructor(definition, 'mesh.test.Echo');
const echo = new Echo(`127.0.0.1:${process.argv[2]}`, grpc.credentials.createInsecure(), OPTIONS);
const bound = () => ({ deadline: Date.now() + 60_000 });
const text = (message) => unpack(message).toString();

function unary(name, request, metadata = new grpc.Metadata(), options = bound()) {
  return new Promise((resolve, reject) => {
    const result = {};
    const call = echo[name](request, metadata, options, (error, answer) => {
      result.answer = answer;
      if (error) reject(error);
    });
    call.on('metadata', (headers) => (result.headers = headers));
    call.on('status', (status) => {
      result.trailers = status.metadata;
      resolve(result);
    });
  });
}

async function fails(code, promise) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.code, code, `expected ${code}, got ${error.code}: ${error.details ?? error}`);
    return error;
  }
  throw new Error(`expected ${code}, got an answer`);
}

async function collect(call) {
  const answers = [];
  for await (const message of call) answers.push(message);
  return answers;
}

// A call of Wait from which "waiting" has come; over settles with its error.
async function startWaiting(options) {
  const call = echo.wait(new grpc.Metadata(), options);
  const over = new Promise((resolve, reject) => {
    call.on('error', reject);
    call.on('end', resolve);
  });
  over.catch(() => {});
  const first = new Promise((resolve) => call.on('data', resolve));
  call.write(pack('x'));
  assert.equal(text(await first), 'waiting');
  return { call, over };
}

const scenarios = {
  unary: async () => assert.equal(text((await unary('unary', pack('hello'))).answer), 'hello'),
  'empty message': async () => assert.equal((await unary('unary', Buffer.alloc(0))).answer.length, 0),
  'many unary calls': async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => String(i));
    const answers = await Promise.all(numbers.map((i) => unary('unary', pack(i))));
    assert.deepEqual(answers.map((a) => text(a.answer)), numbers);
  },
  'server stream': async () => {
    const answers = await collect(echo.serverStream(pack('500'), new grpc.Metadata(), bound()));
    assert.deepEqual(answers.map(text), Array.from({ length: 500 }, (_, i) => String(i)));
  },
  'empty server stream': async () => {
    assert.deepEqual(await collect(echo.serverStream(pack('0'), new grpc.Metadata(), bound())), []);
  },
  'client stream': async () => {
    const answer = await new Promise((resolve, reject) => {
      const call = echo.clientStream(new grpc.Metadata(), bound(), (error, message) => (error ? reject(error) : resolve(message)));
      for (const part of ['a', 'b', '', 'd']) call.write(pack(part));
      call.end();
    });
    assert.equal(text(answer), 'a,b,,d');
  },
  'bidirectional stream': async () => {
    const call = echo.bidi(new grpc.Metadata(), bound());
    let sent = 0;
    call.write(pack('0'));
    for await (const message of call) {
      assert.equal(text(message), String(sent));
      sent++;
      if (sent < 50) call.write(pack(String(sent)));
      else call.end();
    }
    assert.equal(sent, 50);
  },
  'flow control': async () => {
    const chunk = pack(crypto.randomBytes(64 * 1024));
    const call = echo.bidi(new grpc.Metadata(), bound());
    for (let i = 0; i < 200; i++) call.write(chunk);
    call.end();
    const answers = await collect(call);
    assert.equal(answers.filter((a) => a.equals(chunk)).length, 200);
  },
  metadata: async () => {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const sent = new grpc.Metadata();
    sent.set('x-text', 'a value; with, signs=');
    sent.set('x-data-bin', raw);
    const { headers, trailers } = await unary('metadata', pack('m'), sent);
    assert.deepEqual(headers.get('x-text'), ['a value; with, signs=']);
    assert.deepEqual(headers.get('x-data-bin'), [raw]);
    assert.deepEqual(trailers.get('tx-text'), ['a value; with, signs=']);
    assert.deepEqual(trailers.get('tx-data-bin'), [raw]);
  },
  'every status code': async () => {
    for (let code = 1; code <= 16; code++) {
      const error = await fails(code, unary('fail', pack(`${code}|because`)));
      assert.equal(error.details, 'because');
      assert.deepEqual(error.metadata.get('x-why'), ['asked-to']);
    }
  },
  'unicode status message': async () => {
    const error = await fails(10, unary('fail', pack('10|größer als 100%, 漢 🙂\r\n')));
    assert.equal(error.details, 'größer als 100%, 漢 🙂\r\n');
  },
  deadline: async () => {
    const { over } = await startWaiting({ deadline: Date.now() + 500 });
    await fails(grpc.status.DEADLINE_EXCEEDED, over);
    assert.equal(text((await unary('waits', Buffer.alloc(0))).answer), 'cancelled');
  },
  cancellation: async () => {
    const { call, over } = await startWaiting(bound());
    call.cancel();
    await fails(grpc.status.CANCELLED, over);
    assert.equal(text((await unary('waits', Buffer.alloc(0))).answer), 'cancelled');
  },
  'large message': async () => {
    const message = pack(crypto.randomBytes(16 * 1024 * 1024));
    assert.ok((await unary('unary', message)).answer.equals(message));
  },
  // No 'message over the limit': the server refuses it by its first bytes with HEADERS (END_STREAM) and RST_STREAM (NO_ERROR), as
  // RFC 9113 8.1 has it, and Node's http2 loses an answer whose stream is reset while it still writes the request.
  'unknown method': async () => void (await fails(grpc.status.UNIMPLEMENTED, unary('missing', Buffer.alloc(0)))),
  'health check': async () => {
    assert.equal((await unary('health', Buffer.alloc(0))).answer.toString('hex'), '0801');
    await fails(grpc.status.NOT_FOUND, unary('health', Buffer.from([0x0a, 1, 0x78])));
  },
};

async function main() {
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      await scenario();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`fail ${name}: ${String(error.stack ?? error).replace(/\s+/g, ' ')}`);
    }
  }
  process.exit(0);
}

main();
