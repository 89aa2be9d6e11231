/** The text of `layer/protocol.zig`. */
import { configHeaderBytes, configMagic, configVersion, configWritingOffset } from "../layer/config_file.ts";
import * as messages from "../layer/messages.ts";
import type { Schema } from "../schema.ts";
import { zigName, ZigTypes } from "./zig_types.ts";

const { PathSet, replies, ...exported } = messages;

const preamble = `//! The messages between a layer and the internal proxy, and their bytes.
//! Generated from protocol/layer/messages.ts by \`deno task generate\`: change that file, not this one.
//!
//! Needs no libc and no allocator: \`encode\` fills the caller's buffer, \`decode\` points into the received bytes.

const mem = @import("std").mem;
`;

/** `runtime` is the part that does not depend on the messages (runtime.zig). */
export function zigSource(runtime: string): string {
  const types = new ZigTypes(exported as Record<string, Schema<unknown>>);
  const parts = [preamble, constants(), ...types.declarations, pathSet(), reply(types)];
  return [...parts, runtime].join("\n");
}

function constants(): string {
  return `pub const config_magic = "${configMagic}";\npub const config_version: u32 = ${configVersion};\n` +
    `pub const config_header_bytes = ${configHeaderBytes};\n` +
    `pub const config_writing_offset = ${configWritingOffset};\n`;
}

function pathSet(): string {
  const lines = Object.entries(PathSet).map(([name, bit]) => `    pub const ${zigName(name)}: u16 = ${bit};\n`);
  return `/// Bits of \`PathRules.accepts\`, strongest first.\npub const PathSet = struct {\n${lines.join("")}};\n`;
}

function reply(types: ZigTypes): string {
  const lines = Object.entries(replies).map(([request, schema]) =>
    `    ${zigName(request)}: ${schema === null ? "void" : types.typeOf(schema, request)},\n`
  );
  return `pub const RequestTag = @typeInfo(Request).@"union".tag_type.?;\n\n` +
    `/// The reply to each request; \`void\` where none is sent.\npub const Reply = union(RequestTag) {\n${
      lines.join("")
    }};\n`;
}
