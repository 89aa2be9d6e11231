/** Rows about connections and datagrams that leave the program, and about names. */
import assert from "node:assert/strict";
import {
  address,
  echoDatagramPorts,
  echoPort,
  highPort,
  privatePort,
  publicPort,
  target,
} from "../e2e/target/scene.ts";
import { Datagram, FromNetwork, FromPeer } from "../../protocol/agent/messages.ts";
import { decode, encode } from "../../protocol/schema.ts";
import type { Behaviour } from "../intproxy/fake_agent.ts";
import { c, node, python, rust } from "./programs.ts";
import { row } from "./row.ts";
import type { ScriptedTarget } from "./scripted_target.ts";

const echoAt = `${address}:${echoPort}`;
const pod = { v4: { address: new Uint8Array([10, 98, 0, 1]), port: 40_000 } };

/** Peers that send back what they get; the web server answers a word. */
const echo: Behaviour = {
  connect: async ({ destination }, reply, stream) => {
    await reply({ ok: { local: pod, peer: destination } });
    const isWeb = "v4" in destination && destination.v4.port === privatePort;
    if (stream.lossy) {
      for (let datagram; (datagram = await stream.receive()) !== null;) stream.send(encode(FromPeer, { datagram }));
      return;
    }
    for (let bytes; (bytes = await stream.read()) !== null;) await stream.write(isWeb ? webAnswer : bytes);
    await stream.end();
  },
  datagrams: async (_, reply, stream) => {
    await reply({ ok: {} });
    for (let message; (message = await stream.receive()) !== null;) {
      stream.send(encode(FromNetwork, { datagram: decode(Datagram, message) }));
    }
  },
};

const word = target.serviceAnswer;
const webAnswer = new TextEncoder().encode(
  `HTTP/1.1 200 OK\r\ncontent-length: ${word.length}\r\nconnection: close\r\n\r\n${word}`,
);

/** Where the scripted agent was asked to connect to. */
function destinations(scripted: ScriptedTarget): string[] {
  return scripted.agent.requests.flatMap((request) => {
    if (!("connect" in request)) return [];
    const { destination } = request.connect;
    if ("unix" in destination) return [new TextDecoder().decode(destination.unix.path)];
    const { address, port } = "v4" in destination ? destination.v4 : destination.v6;
    return [`${[...address].join(".")}:${port}`];
  }).sort();
}

const outgoing = (settings: Record<string, unknown>) => ({ feature: { network: { outgoing: settings } } });

row({
  name: "test_dns_resolve",
  command: rust("resolve", target.serviceName, "nobody.e2e.internal"),
  expected: `["${address}"]\nfailed to lookup address information: Name or service not known\n`,
});

row({
  name: "issue_2055",
  command: c("host_by_name", target.serviceName, "nobody.e2e.internal"),
  expected: `${target.serviceName} ${address}\nerror 1\n`,
});

row({
  name: "test_node_getaddrinfo_no_name",
  command: node("missing_name", "nobody.e2e.internal"),
  expected: "ENOTFOUND\n",
});

row({
  name: "outgoing_tcp",
  command: rust("connections", "plain", echoAt, echoAt, echoAt),
  script: echo,
  expected: "hello true\n".repeat(3),
  asked: (scripted) => assert.deepEqual(destinations(scripted), [echoAt, echoAt, echoAt]),
});

row({
  name: "outgoing_tcp (filter)",
  command: rust("connections", "plain", echoAt),
  config: outgoing({ filter: { remote: [echoAt] } }),
  script: echo,
  expected: "hello true\n",
});

for (const filter of [{ local: ["127.0.0.1"] }, { remote: ["1.2.3.4"] }]) {
  row({
    name: `outgoing_tcp_from_the_local_app_broken (${Object.keys(filter)[0]})`,
    command: rust("connections", "plain", `127.0.0.1:${publicPort}`),
    config: outgoing({ filter }),
    script: echo,
    expected: "connection refused\n",
    asked: (scripted) => assert.deepEqual(destinations(scripted), []),
  });
}

row({
  name: "outgoing_tcp_bound_socket",
  command: rust("connections", "bound", echoAt),
  script: echo,
  expected: "hello true\n",
});

row({
  name: "outgoing_tcp_high_port",
  command: node("connect_port", `127.0.0.1:${highPort}`),
  env: { MIRRORD_IGNORE_DEBUGGER_PORTS: "45000-65535" },
  script: echo,
  expected: `hello 127.0.0.1 ${highPort}\n`,
  asked: (scripted) => assert.deepEqual(destinations(scripted), [`127.0.0.1:${highPort}`]),
});

row({
  name: "test_issue2283",
  command: node("get", `http://${target.serviceName}:${privatePort}/`),
  config: outgoing({ filter: { local: ["nobody.e2e.internal"] } }),
  script: echo,
  expected: `${target.serviceAnswer}\n`,
});

row({
  name: "outgoing_udp",
  command: rust("datagrams", "connected", ...echoDatagramPorts.map((port) => `${address}:${port}`)),
  script: echo,
  expected: "ping true\n".repeat(echoDatagramPorts.length),
});

row({
  name: "recv_from",
  command: rust("datagrams", "connected-from", `${address}:${echoDatagramPorts[0]}`),
  script: echo,
  expected: "ping true\n",
});

const datagramsTo = (port: number, how: string) => rust("datagrams", how, `${address}:${port}`);
const toNameServer = { script: echo, expected: "an answer true\n" };
/** The original leaves these to this machine's network. */
const toOtherPort = { script: echo, expected: "ping true\n" };

row({ name: "test_issue1458", command: datagramsTo(53, "unconnected"), ...toNameServer });
row({ name: "test_issue1776", command: datagramsTo(53, "message"), ...toNameServer });
row({ name: "test_issue1458_port_not_53", command: datagramsTo(echoDatagramPorts[0]!, "unconnected"), ...toOtherPort });
row({ name: "test_issue1776_port_not_53", command: datagramsTo(echoDatagramPorts[0]!, "message"), ...toOtherPort });

row({
  name: "check_ipv6s_hidden_with_config",
  command: node("interfaces"),
  config: { experimental: { hide_ipv6_interfaces: true } },
  expected: "IPv4\n",
});

row({ name: "rebind0", command: rust("datagrams", "rebind"), expected: "true\n" });

row({
  name: "self_connect",
  command: python("self_connect", "21233"),
  config: { feature: { network: { incoming: "steal" } } },
  script: echo,
  expected: "to myself True\n",
  asked: (scripted) => assert.deepEqual(destinations(scripted), []),
});

const unixStreams = { unix_streams: ["^/srv/.*\\.sock$"] };

row({
  name: "unix_connect_addrlen",
  command: c("unix_address_length", target.streamSocket),
  config: outgoing(unixStreams),
  script: echo,
  expected: "hello\nhello\n",
  asked: (scripted) => assert.deepEqual(destinations(scripted), [target.streamSocket, target.streamSocket]),
});

row({
  name: "cor_1401_unix_seqpacket",
  command: python("packet_socket", target.packetSocket),
  config: outgoing(unixStreams),
  script: echo,
  expected: "first second\n",
});
