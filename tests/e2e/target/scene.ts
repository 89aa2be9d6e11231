/** What the target is made of, as tests and target must both know it. */

export const hostName = "e2e-target";
export const address = "10.98.0.1";
/** Answers `target` to every HTTP request. */
export const publicPort = 8080;
/** So does this one. */
export const secondPort = 8081;
/** Answers `private service`; only the target's network has it. */
export const privatePort = 9000;
/** Sends back what it gets. */
export const echoPort = 9001;
/** Exchanges many bytes, and says the SHA-256 of those it got (`services.ts`). */
export const bulkPort = 9002;
/** UDP: answers with the sender as the target sees it, and what it sent (`datagrams.ts`). */
export const datagramPort = 9003;
/** UDP: answers from the port after it. */
export const elsewherePort = 9004;
/** Unix sockets that greet with their kind: streams by path and by an abstract name, packets in sequence. */
export const unixPath = "/srv/greeter.sock";
export const packetsPath = "/srv/packets.sock";
export const abstractName = "e2e-greeter";
/** Sends back what it gets, on the target's loopback address. */
export const highPort = 50_000;
/** Datagrams come back from here as they were. */
export const echoDatagramPorts = [9007, 9008, 9009];
/** Nobody listens. */
export const refusedPort = 9999;
/** No route leads there. */
export const unreachableAddress = "203.0.113.9";

export const target = {
  variable: "E2E_COLOUR",
  value: "turquoise",
  file: "/srv/greeting.txt",
  content: "hello from the target\n",
  modifiedSeconds: 1_600_000_000,
  directory: "/srv/folder",
  entries: ["alpha", "beta", "gamma"],
  link: "/srv/link",
  /** Unix sockets that send back what they get: a stream, and one of packets. */
  streamSocket: "/srv/stream.sock",
  packetSocket: "/srv/packet.sock",
  largeFile: "/srv/large.bin",
  serviceName: "private.e2e.internal",
  serviceAnswer: "private service",
};
