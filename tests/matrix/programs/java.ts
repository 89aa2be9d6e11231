/** Java and Kotlin: the library's old and new input and output, and frameworks. */
import { run } from "../process.ts";
import { answering, type Program } from "../program.ts";
import { apps, cached, textsOf, toolVersion } from "../provision/cache.ts";
import { maven } from "../provision/packages.ts";

const jdk = { "openjdk-17-jdk-headless": "/usr/bin/javac" };
const withMaven = { ...jdk, maven: "/usr/bin/mvn" };

const netty = ["io.netty:netty-codec-http:4.2.6.Final", "io.netty:netty-transport-native-epoll:4.2.6.Final"];
/** The same with its native library. */
const nettyNative = "io.netty:netty-transport-native-epoll:4.2.6.Final:linux-x86_64";
const spring = ["org.springframework.boot:spring-boot-starter-web:3.5.6"];
const kotlin = ["org.jetbrains.kotlin:kotlin-compiler-embeddable:2.2.20"];
const kotlinRuntime = ["org.jetbrains.kotlin:kotlin-stdlib:2.2.20"];

/** Starts quickly; its compilers would not get their pay. */
const java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** A class path with the classes of `tests/apps/java/NAME.java`. */
async function classes(name: string, libraries = ""): Promise<string> {
  const source = `java/${name}.java`;
  const stamp = [...await textsOf([source]), libraries, await toolVersion(["javac", "-version"])];
  const folder = await cached(`java-${name}`, stamp, async (folder) => {
    await run(["javac", "-parameters", "-cp", libraries, "-d", folder, `${apps}/${source}`]);
  });
  return libraries === "" ? folder : `${folder}:${libraries}`;
}

/** As `classes`, for Kotlin. */
async function kotlinClasses(name: string): Promise<string> {
  const source = `kotlin/${name}.kt`;
  const [compiler, runtime] = [await maven("kotlin-compiler", kotlin), await maven("kotlin", kotlinRuntime)];
  const folder = await cached(`kotlin-${name}`, [...await textsOf([source]), compiler], async (folder) => {
    const main = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler";
    const words = [...java, "-cp", compiler, main, "-no-stdlib", "-no-reflect", "-classpath"];
    const stdlib = `${runtime.slice(0, -1)}kotlin-stdlib-2.2.20.jar`;
    await run([...words, stdlib, "-d", folder, `${apps}/${source}`]);
  });
  return `${folder}:${runtime}`;
}

const inJava = async (name: string) => [...java, "-cp", await classes(name), name];
const inKotlin = async (name: string) => [...java, "-cp", await kotlinClasses(name), `${name}Kt`];

/** A server of a framework in `tests/apps/java`. */
const framework = (name: string, program: string, artifacts: string[], version: string, main = program): Program => ({
  name,
  debian: withMaven,
  prepare: async () => {
    const path = await classes(program, await maven(program, artifacts));
    return { version: ["echo", version], executable: "java", serve: answering([...java, "-cp", path, main]) };
  },
});

export const javaPrograms: Program[] = [
  {
    name: "Java, java.io and java.net",
    core: true,
    debian: jdk,
    prepare: async () => ({
      version: ["java", "-version"],
      view: { every: await inJava("Visit") },
      serve: answering(await inJava("Answer")),
    }),
  },
  {
    name: "Java, nio and HttpClient",
    debian: jdk,
    prepare: async () => ({
      version: ["java", "-version"],
      executable: "java",
      view: { every: ["env", "VISIT_WITH=nio", ...await inJava("Visit")] },
    }),
  },
  framework("Netty, native epoll", "NettyAnswer", [...netty, nettyNative], "4.2.6"),
  framework("Spring Boot", "SpringAnswer", spring, "3.5.6", "spring.SpringAnswer"),
  {
    name: "Kotlin",
    debian: withMaven,
    prepare: async () => ({
      version: ["echo", "2.2.20"],
      executable: "java",
      view: { every: await inKotlin("Visit") },
      serve: answering(await inKotlin("Answer")),
    }),
  },
];
