/** Certificates made for one test. */
// The library's decorators want it before anything else.
import "reflect-metadata";
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

export interface TestCertificate {
  /** PEM. */
  cert: string;
  key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifeMs = 3_600_000;

/** A self-signed certificate for 127.0.0.1 and `names`. */
export async function makeCertificate(...names: string[]): Promise<TestCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  const subjects = names.map((value) => ({ type: "dns" as const, value }));
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=mirrord-agent",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - lifeMs),
    notAfter: new Date(Date.now() + lifeMs),
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }, ...subjects])],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: PemConverter.encode(key, "PRIVATE KEY") };
}
