/** The files that are generated from the declarations of the command line. */
import { cliPage } from "./cli_page.ts";

export async function cliFiles(): Promise<{ path: string; text: string }[]> {
  return [{ path: "docs/cli.md", text: await cliPage() }];
}
