/** The proxy that the environment names for a host, as kubectl and curl understand it. */

/** URL of the proxy, or null. */
export function proxyFor(host: string, env: (name: string) => string | undefined = (name) => Deno.env.get(name)) {
  const proxy = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].map(env).find((value) => value);
  if (!proxy || isExempt(host, env("no_proxy") || env("NO_PROXY") || "")) return null;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** A host is exempt by itself, by a domain it is in, or by the network its address is in. */
function isExempt(host: string, exemptions: string): boolean {
  return exemptions.split(",").map((word) => word.trim()).filter((word) => word !== "").some((word) => {
    if (word === "*" || word === host) return true;
    if (word.includes("/")) return isInNetwork(host, word);
    return host.endsWith(word.startsWith(".") ? word : `.${word}`);
  });
}

function isInNetwork(host: string, network: string): boolean {
  const [base, length] = network.split("/");
  const address = addressNumber(host);
  const start = addressNumber(base!);
  if (address === null || start === null || !/^\d{1,2}$/.test(length!)) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(address / size) === Math.floor(start / size);
}

/** An IPv4 address as a number. */
function addressNumber(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}
