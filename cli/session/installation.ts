/**
 * Where the parts of this installation are.
 *
 * The packaged `mirrord` file unpacks itself into a folder and starts Deno there with these variables, which the user's
 * program must never see:
 * - `MIRRORD_SELF`: the absolute path of the `mirrord` file, which can be executed again for hidden helpers;
 * - `MIRRORD_HOME`: the folder with `libmirrord_layer.so`, `mirrord-supervisor`, `mirrord-launcher`, `deno`, `agent.js`;
 * - `MIRRORD_RUNTIME` and `MIRRORD_ORIGINAL_…`: what was changed for Deno's start, see `launch_state.ts`.
 *
 * From source there are none of them: the folder is `dist/home` of the checkout, where `./dev build` leaves the parts
 * (`MIRRORD_HOME` alone may name another one).
 */
export interface Installation {
  /** Folder of the parts, absolute. */
  home: string;
  /** `libmirrord_layer.so`, preloaded into dynamic programs. */
  layer: string;
  /** `mirrord-supervisor`, which runs static programs. */
  supervisor: string;
  /** `mirrord-launcher`: starts agents for local targets (`agent`), the session's guardian (`guard`), detached helpers. */
  launcher: string;
  /** Command line that starts this CLI again; a hidden command and its arguments are appended. */
  selfCommand: string[];
}

/** What `findInstallation` looks at; injected by tests. */
export interface InstallationFacts {
  env: (name: string) => string | undefined;
  /** URL of the file that was started (`Deno.mainModule`). */
  mainModule: string;
  /** The running Deno. */
  execPath: string;
}

/** The parts' places; whether they exist is checked where one is used. */
export function findInstallation(facts: InstallationFacts = systemFacts()): Installation {
  const self = facts.env("MIRRORD_SELF");
  const checkout = new URL("../", facts.mainModule);
  const home = facts.env("MIRRORD_HOME") ?? filePath(new URL("dist/home", checkout));
  const parts = {
    home,
    layer: `${home}/libmirrord_layer.so`,
    supervisor: `${home}/mirrord-supervisor`,
    launcher: `${home}/mirrord-launcher`,
  };
  if (self !== undefined) return { ...parts, selfCommand: [self] };
  return { ...parts, selfCommand: [facts.execPath, "run", "-A", filePath(new URL(facts.mainModule))] };
}

function filePath(url: URL): string {
  return decodeURIComponent(url.pathname);
}

function systemFacts(): InstallationFacts {
  return { env: (name) => Deno.env.get(name), mainModule: Deno.mainModule, execPath: Deno.execPath() };
}
