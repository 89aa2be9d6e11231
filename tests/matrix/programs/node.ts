/** Node, by each of its means. */
import { answering, type Program, type Serve } from "../program.ts";
import { apps } from "../provision/cache.ts";

const visiting = (name: string, way: string, serve?: Serve, core = false): Program => ({
  name,
  core,
  prepare: () =>
    Promise.resolve({
      version: ["node", "--version"],
      executable: "node",
      view: { every: ["env", `VISIT_WITH=${way}`, "node", `${apps}/node/visit.js`] },
      serve,
    }),
});

export const nodePrograms: Program[] = [
  visiting("Node, http", "http", answering(["node", `${apps}/node/answer.js`]), true),
  visiting("Node, fetch and fs promises", "fetch"),
  visiting("Node, fs.cp", "cp"),
  visiting("Node, worker threads", "threads"),
];
