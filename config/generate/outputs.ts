/** The files that are generated from the configuration's schema. */
import { configPage } from "./docs_page.ts";
import { jsonSchema } from "./schema_file.ts";

export interface GeneratedFile {
  /** Path from the root of the checkout. */
  path: string;
  text: string;
}

export function configFiles(): GeneratedFile[] {
  return [
    { path: "config/mirrord-schema.json", text: JSON.stringify(jsonSchema(), null, 2) + "\n" },
    { path: "docs/config.md", text: configPage() },
  ];
}
