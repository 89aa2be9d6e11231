/** Every parser of text and packets that others write, on hostile input: a value or the parser's own error, soon. */
import assert from "node:assert/strict";
import { decodeResponse, encodeQuery } from "../../agent/dns/message.ts";
import { addressBytes } from "../../agent/dns/hosts.ts";
import { parseNsswitch } from "../../agent/dns/nsswitch.ts";
import { parseResolvConf } from "../../agent/dns/resolv_conf.ts";
import { startsRequest } from "../../agent/incoming/request_start.ts";
import { parseSegment } from "../../agent/incoming/segment.ts";
import { containerIdIn } from "../../agent/target/container.ts";
import { parsePortRanges } from "../../cli/intproxy/outgoing/decide.ts";
import { DotenvError, parseDotenv } from "../../cli/session/dotenv.ts";
import { readElf } from "../../cli/session/elf.ts";
import { parseEnvironment } from "../../cli/session/launch_state.ts";
import { AddressFilterError, parseAddressFilter, parseDnsFilter } from "../../config/address_filter.ts";
import { parseConfig } from "../../config/parse.ts";
import { compilePattern } from "../../config/pattern/compile.ts";
import { PatternError } from "../../config/pattern/error.ts";
import { ConfigError } from "../../config/problem.ts";
import { formatTarget, parseTarget, TargetPathError } from "../../config/target_path.ts";
import { renderTemplate, TemplateError } from "../../config/template/render.ts";
import { parseLevel } from "../../protocol/log.ts";
import { mutate } from "./mutate.ts";
import { fuzzRun, type Random } from "./random.ts";

interface Parser {
  samples: (string | Uint8Array)[];
  /** `text` are the same bytes, as Latin-1. */
  parse(bytes: Uint8Array<ArrayBuffer>, text: string): unknown;
  /** The only error it may throw. */
  error?: new (...args: never[]) => Error;
  /** For parsers that cost more than some microseconds. */
  rounds?: number;
}

const usualRounds = 5_000;
/** Whole runs are timed, since a single call may wait for a busy machine. */
const longestMsPerCall = 5;
const variables = () => undefined;

const parsers: Record<string, Parser> = {
  "the answers of name servers": {
    samples: [
      encodeQuery(7, { name: "a.example", type: 28 }, true),
      Uint8Array.fromHex("0007818000010001000000000161076578616d706c650000010001c00c000100010000003c00040a000001"),
    ],
    parse: (bytes) => decodeResponse(bytes),
  },
  "resolv.conf": {
    samples: [
      "search a.example b\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\noptions ndots:5 timeout:1 attempts:2\n",
    ],
    parse: (_, text) => parseResolvConf(text, "pod"),
  },
  "nsswitch.conf": {
    samples: ["hosts: files dns [NOTFOUND=return] myhostname\n"],
    parse: (_, text) => parseNsswitch(text),
  },
  "addresses": {
    samples: ["10.0.0.1", "fe80::1%2", "::ffff:1.2.3.4"],
    parse: (_, text) => assert.ok([undefined, 4, 16].includes(addressBytes(text)?.length)),
  },
  "captured packets": {
    samples: [Uint8Array.fromHex("4500002900004000400600007f0000017f000001c0001f900000000100000002501800ff0000000061")],
    parse: (bytes) => parseSegment(bytes, 0, bytes.length),
  },
  "the start of a request": { samples: ["GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n"], parse: startsRequest },
  "control groups": {
    samples: [`0::/kubepods/pod1/cri-containerd-${"0a".repeat(32)}.scope\n`],
    parse: (_, text) => containerIdIn(text),
  },
  "port ranges": { samples: ["8000-8010, 9000"], parse: (_, text) => parsePortRanges(text) },
  "log levels": { samples: ["mirrord=debug,warn"], parse: (_, text) => parseLevel(text) },
  "environment blocks": { samples: ["A=1\0B==\0C\0=D\0"], parse: (bytes) => parseEnvironment(bytes) },
  "env files": {
    samples: ["A=1\nexport B=\"x ${A} \\n\"\n# c\nC='y'\n"],
    parse: (_, text) => parseDotenv(text, variables),
    error: DotenvError,
  },
  "ELF files": {
    samples: [Deno.readFileSync("/proc/self/exe").subarray(0, 1024)],
    parse: (bytes) => readElf((offset, length) => bytes.subarray(offset, offset + length)),
  },
  "address filters": {
    samples: ["tcp://10.0.0.0/8:80", "udp://[::1]:53", "*.example.com:443", "name"],
    parse: (_, text) => parseAddressFilter(text),
    error: AddressFilterError,
  },
  "DNS filters": {
    samples: ["*.example.com:443", "10.0.0.0/8"],
    parse: (_, text) => parseDnsFilter(text),
    error: AddressFilterError,
  },
  "targets": {
    samples: ["pod/a/container/b", "deployment/x", "process/12", "targetless"],
    // What is understood can be written, and is understood the same then.
    parse: (_, text) => assert.deepEqual(parseTarget(formatTarget(parseTarget(text))), parseTarget(text)),
    error: TargetPathError,
  },
  "patterns": {
    samples: ["^/etc/(?i:a|b)*[[:alpha:]-]{2,3}$", "\\p{Greek}+(?P<n>x)", "(?x) a # b"],
    parse: (_, text) => compilePattern(text, { caseless: true }),
    error: PatternError,
  },
  "templates": {
    samples: ['{% for i in range(end=3) %}{{ i | plus(x=1) }}{% endfor %}{{ get_env(name="A", default="b") }}'],
    parse: (_, text) => renderTemplate(text, { variables }),
    error: TemplateError,
    rounds: 2_000,
  },
  "JSON configurations": {
    samples: ['{"target": {"path": "pod/x"}, // c\n "feature": {"fs": ["read", 1.5e3, null]}}'],
    parse: (_, text) => parseConfig(text, "c.json"),
    error: ConfigError,
  },
  "YAML configurations": {
    samples: ["target:\n  path: pod/x\nfeature: &a {fs: [read, *a]}\n"],
    parse: (_, text) => parseConfig(text, "c.yaml"),
    error: ConfigError,
    rounds: 500,
  },
  "TOML configurations": {
    samples: ['[target]\npath = "pod/x"\n[[feature.a]]\nb = 1979-05-27T07:32:00Z\n'],
    parse: (_, text) => parseConfig(text, "c.toml"),
    error: ConfigError,
    rounds: 2_000,
  },
};

for (const [name, parser] of Object.entries(parsers)) {
  Deno.test(`no input confuses the parser of ${name}`, async () => {
    const { random, rounds } = fuzzRun(parser.rounds ?? usualRounds);
    const started = performance.now();
    let accepted = 0;
    for (let round = 0; round < rounds; round++) if (await accepts(parser, random)) accepted++;
    assert.ok(accepted > 0, "some mutations leave it valid: else the fuzzer would be testing nothing");
    assert.ok(performance.now() - started < rounds * longestMsPerCall);
  });
}

async function accepts({ samples, parse, error }: Parser, random: Random): Promise<boolean> {
  const sample = random.pick(samples);
  const bytes = mutate(typeof sample === "string" ? new TextEncoder().encode(sample) : sample, random);
  const owned = Uint8Array.from(bytes);
  try {
    await parse(owned, new TextDecoder("latin1").decode(owned));
    return true;
  } catch (thrown) {
    if (error !== undefined && thrown instanceof error) return false;
    throw new Error(`on ${owned.toHex()}`, { cause: thrown });
  }
}
