/** Java: its own library's old and new input and output, and frameworks. */
import { run } from "../process.ts";
import { answering, type Program } from "../program.ts";
import { apps, cached, textsOf, toolVersion } from "../provision/cache.ts";

const debian = { "openjdk-17-jdk-headless": "/usr/bin/javac" };

/** The folder with the classes of `tests/apps/java/NAME.java`. */
function classes(name: string): Promise<string> {
  const source = `java/${name}.java`;
  const make = async (folder: string) => {
    await run(["javac", "-d", folder, `${apps}/${source}`]);
  };
  return Promise.all([textsOf([source]), toolVersion(["javac", "-version"])])
    .then(([texts, version]) => cached(`java-${name}`, [...texts, version], make));
}

const command = async (name: string) => ["java", "-XX:TieredStopAtLevel=1", "-cp", await classes(name), name];

export const javaPrograms: Program[] = [
  {
    name: "Java, java.io and java.net",
    core: true,
    debian,
    prepare: async () => ({
      version: ["java", "-version"],
      view: { every: await command("Visit") },
      serve: answering(await command("Answer")),
    }),
  },
  {
    name: "Java, nio and HttpClient",
    debian,
    prepare: async () => ({
      version: ["java", "-version"],
      executable: "java",
      view: { every: ["env", "VISIT_WITH=nio", ...await command("Visit")] },
    }),
  },
];
