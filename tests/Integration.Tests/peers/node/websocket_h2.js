// One WebSocket over HTTP/2 (RFC 8441), frames written by hand: node websocket_h2.js HOST:PORT AUTHORITY PATH MESSAGE.
// Prints the status, the greeting, the answer to the message and the close code, one a line.
"use strict";
const http2 = require("node:http2");

const [address, authority, path, message] = process.argv.slice(2);
const session = http2.connect(`http://${address}`);
session.on("error", (error) => { console.log(`session ${error.message}`); process.exit(1); });

function frame(opcode, payload) {
  const mask = Buffer.from([1, 2, 3, 4]);
  const head = Buffer.from([0x80 | opcode, 0x80 | payload.length]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

session.on("remoteSettings", (settings) => {
  if (!settings.enableConnectProtocol) {
    console.log("no extended CONNECT");
    process.exit(1);
  }
  const stream = session.request({
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "http",
    ":path": path,
    ":authority": authority,
    "sec-websocket-version": "13",
  }, { endStream: false });
  let received = Buffer.alloc(0);
  let texts = 0;
  stream.on("response", (headers) => console.log(headers[":status"]));
  stream.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + (received[1] & 0x7f)) {
      const length = received[1] & 0x7f;
      const [opcode, payload] = [received[0] & 0x0f, received.subarray(2, 2 + length)];
      received = received.subarray(2 + length);
      if (opcode === 1) {
        console.log(payload.toString());
        texts++;
        stream.write(texts === 1 ? frame(1, Buffer.from(message)) : frame(8, Buffer.from([0x03, 0xe8])));
      } else if (opcode === 8) {
        console.log(payload.readUInt16BE(0));
        stream.end();
        session.close();
      }
    }
  });
});
