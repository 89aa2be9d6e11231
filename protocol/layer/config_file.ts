/**
 * The file that `MIRRORD_LAYER_CONFIG` names: 20 bytes of header ("MIRRORDL", u32 version, u32 length of the rest, and a u32
 * that the proxy changes: 1 while a file of the target is open for writing), then an encoded `LayerConfig`. Every process of
 * a session maps it.
 */
import { decode, DecodeError, encode, type Infer } from "../schema.ts";
import { LayerConfig } from "./messages.ts";

export const configMagic = "MIRRORDL";
/** Changes with every change of `LayerConfig`. A layer refuses a file of another version. */
export const configVersion = 4;
export const configHeaderBytes = 20;
/** Where the word lies that says whether anything is being written. */
export const configWritingOffset = 16;

/** The file's content. */
export function encodeConfigFile(config: Infer<typeof LayerConfig>): Uint8Array<ArrayBuffer> {
  const body = encode(LayerConfig, config);
  const file = new Uint8Array(configHeaderBytes + body.length);
  file.set(new TextEncoder().encode(configMagic));
  const header = new DataView(file.buffer);
  header.setUint32(8, configVersion, true);
  header.setUint32(12, body.length, true);
  file.set(body, configHeaderBytes);
  return file;
}

/** The configuration in a file's content. Throws `DecodeError`. */
export function decodeConfigFile(file: Uint8Array): Infer<typeof LayerConfig> {
  if (file.length < configHeaderBytes) throw new DecodeError("Truncated", "no configuration header");
  const header = new DataView(file.buffer, file.byteOffset, configHeaderBytes);
  const magic = String.fromCharCode(...file.subarray(0, 8));
  const length = file.length - configHeaderBytes;
  if (magic !== configMagic || header.getUint32(8, true) !== configVersion || header.getUint32(12, true) !== length) {
    throw new DecodeError("InvalidHeader", "not a layer configuration of this version and length");
  }
  return decode(LayerConfig, file.subarray(configHeaderBytes));
}
