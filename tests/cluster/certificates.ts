/** The cluster's certificate authority, and what it signs. Made anew at each start: a second for all of them. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeMs = 10 * 365 * 24 * 3600 * 1000;

/** A certificate and its private key, both as PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** `organization` is the group, `name` the user, as Kubernetes reads a client certificate. */
export interface Subject {
  name: string;
  organization?: string;
  /** Addresses and names of a server. */
  hosts?: { addresses?: string[]; names?: string[] };
}

export class CertificateAuthority {
  readonly certificate: string;
  readonly #signed: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;

  private constructor(signed: x509.X509Certificate, keys: CryptoKeyPair) {
    this.#signed = signed;
    this.#keys = keys;
    this.certificate = signed.toString("pem");
  }

  static async create(name: string): Promise<CertificateAuthority> {
    const keys = await generateKeys();
    const signed = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new CertificateAuthority(signed, keys);
  }

  /** A certificate good for clients and for servers. */
  async sign(subject: Subject): Promise<KeyPair> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [subject.name] }, ...(subject.organization ? [{ O: [subject.organization] }] : [])],
      issuer: this.#signed.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: extensions(subject),
    });
    return { certificate: certificate.toString("pem"), key: await privatePem(keys) };
  }
}

/** A key pair that signs service account tokens; PEM. */
export async function generateTokenKeys(): Promise<{ publicKey: string; privateKey: string }> {
  const keys = await generateKeys();
  const spki = await crypto.subtle.exportKey("spki", keys.publicKey);
  return { publicKey: x509.PemConverter.encode(spki, "PUBLIC KEY"), privateKey: await privatePem(keys) };
}

function extensions({ hosts }: Subject): x509.Extension[] {
  const names: x509.JsonGeneralNames = [
    ...(hosts?.addresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ...(hosts?.names ?? []).map((value) => ({ type: "dns" as const, value })),
  ];
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privatePem(keys: CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

/** From an hour ago, so that a clock that is set meanwhile does no harm. */
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + lifetimeMs) };
}
