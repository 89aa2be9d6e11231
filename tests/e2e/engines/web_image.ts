/** The engines' test image, packed from local files: busybox serving one page. */
import { buildImage } from "../../../cli/image/archive.ts";

export const webImage = "mirrord-test/web:1";
export const webPage = "the container's page\n";
export const webVariable = { name: "ENGINE_COLOUR", value: "red" };

/** Writes the tar. */
export async function writeWebImage(path: string): Promise<void> {
  const content = new TextEncoder().encode(webPage);
  const image = await buildImage({
    reference: webImage,
    entrypoint: ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/srv"],
    entries: [
      { name: "bin", mode: 0o755 },
      { name: "bin/busybox", mode: 0o755, content: await Deno.readFile("/bin/busybox") },
      { name: "etc", mode: 0o755 },
      { name: "srv", mode: 0o755 },
      { name: "srv/index.html", mode: 0o644, content },
      { name: "tmp", mode: 0o1777 },
    ],
  });
  await Deno.writeFile(path, image);
}
