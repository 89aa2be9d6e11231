/** Java and Kotlin: the library's old and new input and output, and frameworks. */
import { run } from "../process.ts";
import { answering, type Program } from "../program.ts";
import { apps, cached, textsOf, toolVersion } from "../provision/cache.ts";
import { maven } from "../provision/packages.ts";
import { java } from "../provision/runtimes.ts";
import { mavenArtifacts } from "../provision/versions.ts";

/** The compilers are Debian's; what they make runs in the current Java. */
const jdk = { "openjdk-17-jdk-headless": "/usr/bin/javac" };
const withMaven = { ...jdk, maven: "/usr/bin/mvn" };

/** Starts quickly; its compilers would not get their pay. */
const flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** A class path with the classes of `tests/apps/java/NAME.java` and what it calls. */
async function classes(name: string, libraries = ""): Promise<string> {
  const sources = [...new Set([name, "Visit"])].map((each) => `java/${each}.java`);
  const stamp = [...await textsOf(sources), libraries, await toolVersion(["javac", "-version"])];
  const folder = await cached(`java-${name}`, stamp, async (folder) => {
    const paths = sources.map((source) => `${apps}/${source}`);
    await run(["javac", "-parameters", "-cp", libraries, "-d", folder, ...paths]);
  });
  return libraries === "" ? folder : `${folder}:${libraries}`;
}

/** As `classes`, for Kotlin. */
async function kotlinClasses(name: string): Promise<string> {
  const source = `kotlin/${name}.kt`;
  const compiler = await maven("kotlin-compiler", mavenArtifacts.kotlinCompiler);
  const runtime = await maven("kotlin", mavenArtifacts.kotlin);
  const folder = await cached(`kotlin-${name}`, [...await textsOf([source]), compiler], async (folder) => {
    const main = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler";
    const words = ["java", ...flags, "-cp", compiler, main, "-no-stdlib", "-no-reflect", "-classpath"];
    await run([...words, await standardLibrary(runtime), "-d", folder, `${apps}/${source}`]);
  });
  return `${folder}:${runtime}`;
}

/** Kotlin's, among the files of a class path `FOLDER/*`. */
async function standardLibrary(path: string): Promise<string> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  return `${folder}/${names.find((name) => name.startsWith("kotlin-stdlib-"))}`;
}

const inJava = async (name: string) => [await java(), ...flags, "-cp", await classes(name), `apps.${name}`];
const inKotlin = async (name: string) => [await java(), ...flags, "-cp", await kotlinClasses(name), `${name}Kt`];

/** The version of a Maven artifact. */
const versionOf = (artifact: string) => ["echo", artifact.split(":")[2]!];

/** A server of a framework in `tests/apps/java`. */
const framework = (name: string, program: string, artifacts: string[]): Program => ({
  name,
  debian: withMaven,
  prepare: async () => {
    const path = await classes(program, await maven(program, artifacts));
    return {
      version: versionOf(artifacts[0]!),
      view: { served: true },
      serve: answering([await java(), ...flags, "-cp", path, `apps.${program}`]),
    };
  },
});

export const javaPrograms: Program[] = [
  {
    name: "Java, java.io and java.net",
    core: true,
    debian: jdk,
    prepare: async () => ({
      version: [await java(), "-version"],
      view: { every: await inJava("Visit") },
      serve: answering(await inJava("Answer")),
    }),
  },
  {
    name: "Java, nio and HttpClient",
    debian: jdk,
    prepare: async () => ({
      version: [await java(), "-version"],
      view: { every: ["env", "VISIT_WITH=nio", ...await inJava("Visit")] },
      serve: answering(await inJava("ChannelAnswer")),
    }),
  },
  framework("Netty, native epoll", "NettyAnswer", mavenArtifacts.netty),
  framework("Spring Boot", "SpringAnswer", mavenArtifacts.spring),
  {
    name: "Kotlin",
    debian: withMaven,
    prepare: async () => ({
      version: versionOf(mavenArtifacts.kotlin[0]!),
      view: { every: await inKotlin("Visit") },
      serve: answering(await inKotlin("Answer")),
    }),
  },
];
