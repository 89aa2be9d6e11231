/** .NET: the runtime comes in a Python package, the compiler is Mono's; and Mono itself. */
import { run } from "../process.ts";
import { answering, type Program } from "../program.ts";
import { apps, cached, textsOf } from "../provision/cache.ts";
import { dotnet, dotnetLibrary } from "../provision/runtimes.ts";
import { runtimes } from "../provision/versions.ts";

/** What our programs use of the runtime's library. */
const assemblies = [
  "System.Private.CoreLib",
  "System.Private.Uri",
  "System.Collections",
  "System.Console",
  "System.IO.FileSystem",
  "System.Linq",
  "System.Net.Http",
  "System.Net.NameResolution",
  "System.Net.Primitives",
  "System.Net.Sockets",
  "System.Runtime",
  "System.Runtime.Extensions",
];

/** Without the tables of the world's languages, which the machine may not have. */
const settings = {
  runtimeOptions: {
    framework: { name: "Microsoft.NETCore.App", version: runtimes.dotnet },
    configProperties: { "System.Globalization.Invariant": true },
  },
};

/** The command that runs `tests/apps/dotnet/NAME.cs` in .NET. */
async function inDotnet(name: string): Promise<string[]> {
  const library = await dotnetLibrary();
  const references = assemblies.map((assembly) => `-r:${library}/${assembly}.dll`);
  const folder = await assembled(name, "dotnet", ["-nostdlib", "-noconfig", ...references]);
  return [await dotnet(), `${folder}/${name}.dll`];
}

/** The same in Mono. */
async function inMono(name: string): Promise<string[]> {
  return ["mono", `${await assembled(name, "mono", ["-r:System.Net.Http.dll"])}/${name}.dll`];
}

async function assembled(name: string, runtime: string, flags: string[]): Promise<string> {
  const source = `dotnet/${name}.cs`;
  const stamp = [...await textsOf([source]), ...flags, JSON.stringify(settings)];
  return await cached(`${runtime}-${name}`, stamp, async (folder) => {
    await run(["mcs", "-sdk:4.5", "-nowarn:1702", ...flags, `-out:${folder}/${name}.dll`, `${apps}/${source}`]);
    await Deno.writeTextFile(`${folder}/${name}.runtimeconfig.json`, JSON.stringify(settings));
  });
}

const compiler = { "mono-mcs": "/usr/bin/mcs" };

export const dotnetPrograms: Program[] = [
  {
    name: ".NET",
    debian: compiler,
    prepare: async () => ({
      version: ["echo", runtimes.dotnet],
      view: { every: await inDotnet("Visit") },
      serve: answering(await inDotnet("Answer")),
    }),
  },
  {
    name: "C# on Mono",
    debian: {
      ...compiler,
      "mono-runtime": "/usr/bin/mono",
      "libmono-system-net-http4.0-cil": "/usr/lib/mono/gac/System.Net.Http",
    },
    prepare: async () => ({
      version: ["mono", "--version"],
      view: { every: await inMono("Visit") },
      serve: answering(await inMono("Answer")),
    }),
  },
];
