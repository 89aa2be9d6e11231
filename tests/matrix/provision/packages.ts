/** Packages of the languages' own registries, each set of them in a folder of the cache. */
import { run } from "../process.ts";
import { cached, toolVersion } from "./cache.ts";

/** Package → version, below `node_modules` of the returned folder. */
export function npm(name: string, packages: Record<string, string>): Promise<string> {
  const manifest = JSON.stringify({ private: true, dependencies: packages });
  return cached(`npm-${name}`, [manifest], async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, manifest);
    await run(["npm", "install", "--silent", "--no-audit", "--no-fund"], { cwd: folder });
  });
}

/** A virtual environment of this Python with these requirements; it names its own path, so that it is made in its place. */
export async function pypi(name: string, requirements: string[], python = "python3"): Promise<string> {
  const stamp = [...requirements, python, await toolVersion([python, "--version"])];
  return await cached(`pypi-${name}`, stamp, async (folder) => {
    await run([python, "-m", "venv", "--clear", folder]);
    await run([`${folder}/bin/pip`, "install", "--quiet", "--disable-pip-version-check", ...requirements]);
  }, { inPlace: true });
}

/** The content of one package of PyPI without what it requires, as a folder. */
export async function wheel(name: string, version: string): Promise<string> {
  return await cached(`wheel-${name}`, [version], async (folder) => {
    const words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"];
    await run(["python3", "-m", "pip", ...words, "--target", folder, `${name}==${version}`]);
  });
}

/** Maven artifacts with all they need, as `GROUP:ARTIFACT:VERSION[:CLASSIFIER]`; returns a class path. */
export async function maven(name: string, artifacts: string[]): Promise<string> {
  const folder = await cached(`maven-${name}`, artifacts, async (folder) => {
    await Deno.writeTextFile(`${folder}/pom.xml`, projectOf(artifacts));
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
    await run(["mvn", "--batch-mode", "--quiet", goal, `-DoutputDirectory=${folder}/jars`], { cwd: folder });
  });
  return `${folder}/jars/*`;
}

/** One artifact of Maven as a folder: `GROUP:ARTIFACT:VERSION:jar:CLASSIFIER`. What it holds may name its own path. */
export async function unpackedArtifact(name: string, artifact: string): Promise<string> {
  return await cached(`maven-${name}`, [artifact], async (folder) => {
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack";
    const words = ["mvn", "--batch-mode", "--quiet", goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
    // There it notes, too, what it has unpacked and need not again.
    await run(words, { cwd: folder });
  }, { inPlace: true });
}

function projectOf(artifacts: string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [groupId, artifactId, version, classifier] = artifact.split(":");
    const parts = { groupId, artifactId, version, ...(classifier === undefined ? {} : { classifier }) };
    return `<dependency>${
      Object.entries(parts).map(([tag, text]) => `<${tag}>${text}</${tag}>`).join("")
    }</dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion><groupId>matrix</groupId><artifactId>matrix</artifactId>` +
    `<version>1</version><dependencies>${dependencies.join("")}</dependencies></project>`;
}
