// SPDX-License-Identifier: Apache-2.0
// hello, a read, an error and a keyed write with a codec that is not ours; one JSON line.
import net from "node:net";
import { randomBytes } from "node:crypto";
import { decodeMultiStream, encode } from "@msgpack/msgpack";

const socket = net.createConnection(process.argv[2]);
const answers = decodeMultiStream(socket)[Symbol.asyncIterator]();
let last = 0;

async function call(method, params) {
	const id = ++last;
	socket.write(encode([0, id, method, [params]]));
	const [kind, number, error, result] = (await answers.next()).value;
	if (kind !== 1 || number !== id)
		throw new Error(`answer ${kind} ${number} to call ${id}`);
	return error ?? result;
}

const key = randomBytes(16).toString("hex");
const seen = {
	hello: await call("hello", { proto: 1, client: "node" }),
	status: await call("status", {}),
	error: await call("org.show", { code: "нет такой", _lang: "ru" }),
	write: await call("user.add", { login: "из-node", _key: key }),
	again: await call("user.add", { login: "из-node", _key: key }),
};
console.log(JSON.stringify(seen));
socket.end();
