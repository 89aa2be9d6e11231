/**
 * Where the parts of this installation are.
 *
 * The packaged `mirrord` file unpacks itself into a folder and starts Deno there with these variables, which the user's
 * program must never see:
 * - `MIRRORD_SELF`: the absolute path of the `mirrord` file, which can be executed again for hidden helpers;
 * - `MIRRORD_HOME`: the folder with `libmirrord_layer.so`, `mirrord-supervisor`, `mirrord-launcher`, `deno`, `agent.js`;
 * - `MIRRORD_RUNTIME` and `MIRRORD_ORIGINAL_…`: what was changed for Deno's start, see `launch_state.ts`.
 *
 * A file made by `deno compile` is its own runtime: there are none of these variables, and it unpacks the native parts only.
 *
 * From source there are none either: the folder is `dist/home` of the checkout, where `./dev build` leaves the parts
 * (`MIRRORD_HOME` alone may name another one).
 */
import { unpackParts } from "./compiled_parts.ts";

export interface Installation {
  /** Folder of the parts, absolute. */
  home: string;
  /** `libmirrord_layer.so`, preloaded into dynamic programs. */
  layer: string;
  /** `mirrord-supervisor`, which runs static programs. */
  supervisor: string;
  /** `mirrord-launcher`: starts agents for local targets (`agent`), the session's guardian (`guard`), detached helpers. */
  launcher: string;
  /** The running file when it was made by `deno compile`: agents run in it too. Null: they run in `deno` of `home`. */
  compiled: string | null;
  /** Command line that starts this CLI again; a hidden command and its arguments are appended. */
  selfCommand: string[];
}

/** What `findInstallation` looks at; injected by tests. */
export interface InstallationFacts {
  env: (name: string) => string | undefined;
  /** URL of the file that was started (`Deno.mainModule`). */
  mainModule: string;
  /** The running Deno, or the compiled file. */
  execPath: string;
  isCompiled: boolean;
  /** Unpacks the compiled file's parts; returns their folder. */
  unpack: () => string;
}

/** The parts' places; whether they exist is checked where one is used. @throws {MirrordError} when they can't be unpacked */
export function findInstallation(facts: InstallationFacts = systemFacts()): Installation {
  const { execPath, mainModule } = facts;
  if (facts.isCompiled) return { ...partsIn(facts.unpack()), compiled: execPath, selfCommand: [execPath] };
  const home = facts.env("MIRRORD_HOME") ?? filePath(new URL("../dist/home", mainModule));
  const self = facts.env("MIRRORD_SELF");
  const selfCommand = self === undefined ? [execPath, "run", "-A", filePath(new URL(mainModule))] : [self];
  return { ...partsIn(home), compiled: null, selfCommand };
}

function partsIn(home: string) {
  return {
    home,
    layer: `${home}/libmirrord_layer.so`,
    supervisor: `${home}/mirrord-supervisor`,
    launcher: `${home}/mirrord-launcher`,
  };
}

function filePath(url: URL): string {
  return decodeURIComponent(url.pathname);
}

function systemFacts(): InstallationFacts {
  return {
    env: (name) => Deno.env.get(name),
    mainModule: Deno.mainModule,
    execPath: Deno.execPath(),
    isCompiled: Deno.build.standalone,
    unpack: unpackParts,
  };
}
