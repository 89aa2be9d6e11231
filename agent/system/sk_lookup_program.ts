/**
 * The program that the kernel asks, for each new connection to a local address, which listener shall have it:
 *
 * ```
 * if (protocol == TCP && ports has local_port && !(exempt has remote_port) && listeners has family)
 *   assign(listeners[family])
 * return PASS
 * ```
 */
import { BpfAssembler, type Register } from "./bpf_assembler.ts";

/** Descriptors of the program's maps. */
export interface SkLookupMaps {
  /** Keys: the diverted ports. */
  readonly ports: number;
  /** Keys: source ports of connections that pass, in network order as the kernel keeps them. */
  readonly exemptSources: number;
  /** A sockmap: our listeners, by `LISTENER_KEY`. */
  readonly listeners: number;
}

export const LISTENER_KEY = { v4: 0, v6: 1 } as const;

/** Offsets in `struct bpf_sk_lookup`. */
const CONTEXT = { family: 8, protocol: 12, remotePort: 36, localPort: 60 } as const;
const HELPER = { mapLookup: 1, release: 86, assign: 124 } as const;
const TCP = 6;
const AF_INET6 = 10;
const PASS = 1;
const [CONTEXT_REGISTER, SOCKET_REGISTER] = [6, 7] as const;
const [RESULT, FIRST, SECOND, THIRD, FRAME] = [0, 1, 2, 3, 10] as const;
/** Where the key of a look-up stands in the frame. */
const KEY = -4;

export function skLookupProgram(maps: SkLookupMaps): Uint8Array<ArrayBuffer> {
  const program = new BpfAssembler()
    .move(CONTEXT_REGISTER, FIRST)
    .load("u32", FIRST, CONTEXT_REGISTER, CONTEXT.protocol)
    .jumpIf(FIRST, "!=", TCP, "pass")
    .load("u32", FIRST, CONTEXT_REGISTER, CONTEXT.localPort);
  lookUp(program, FIRST, maps.ports)
    .jumpIf(RESULT, "==", 0, "pass")
    .load("u16", FIRST, CONTEXT_REGISTER, CONTEXT.remotePort);
  lookUp(program, FIRST, maps.exemptSources)
    .jumpIf(RESULT, "!=", 0, "pass")
    .load("u32", SECOND, CONTEXT_REGISTER, CONTEXT.family)
    .constant(FIRST, LISTENER_KEY.v4)
    .jumpIf(SECOND, "!=", AF_INET6, "family")
    .constant(FIRST, LISTENER_KEY.v6)
    .label("family");
  lookUp(program, FIRST, maps.listeners)
    .jumpIf(RESULT, "==", 0, "pass")
    .move(SOCKET_REGISTER, RESULT)
    .move(FIRST, CONTEXT_REGISTER)
    .move(SECOND, SOCKET_REGISTER)
    .constant(THIRD, 0)
    .call(HELPER.assign)
    .move(FIRST, SOCKET_REGISTER)
    .call(HELPER.release);
  return program.label("pass").constant(RESULT, PASS).exit().assemble();
}

/** Leaves the address of the map's value in the result register, 0 if the key is not there. */
function lookUp(program: BpfAssembler, key: Register, map: number): BpfAssembler {
  return program.storeU32(FRAME, KEY, key).loadMap(FIRST, map).move(SECOND, FRAME).add(SECOND, KEY)
    .call(HELPER.mapLookup);
}
