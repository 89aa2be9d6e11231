/** Node, by each of its means. */
import { sendSignal } from "../process.ts";
import { answering, type Program, type Serve } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { npm } from "../provision/packages.ts";
import { node } from "../provision/runtimes.ts";
import { nodePackages } from "../provision/versions.ts";
import { type FromSource, serveFromSource } from "./sources.ts";

interface Way {
  name: string;
  /** See `tests/apps/node/visit.js`. */
  way: string;
  /** A program of `tests/apps/node`. */
  answers?: string;
  core?: boolean;
  lacks?: string;
}

const visiting = ({ name, way, answers, core, lacks }: Way): Program => ({
  name,
  core,
  lacks,
  prepare: async () => ({
    version: [await node(), "--version"],
    executable: await node(),
    view: { every: ["env", `VISIT_WITH=${way}`, await node(), `${apps}/node/visit.js`] },
    serve: answers === undefined ? undefined : answering([await node(), `${apps}/node/${answers}`]),
  }),
});

/** A server of a package, whose sources stand beside its `node_modules`. */
const framework = (
  name: string,
  packages: keyof typeof nodePackages,
  from: (node: string, modules: string) => FromSource,
  core = false,
): Program => ({
  name,
  core,
  prepare: async () => {
    const executable = await node();
    const home = await npm(packages, nodePackages[packages]);
    const named = Object.keys(nodePackages[packages]).find((each) => name.toLowerCase().includes(each)) ?? packages;
    const version = [executable, "-p", `require("${home}/node_modules/${named}/package.json").version`];
    const source = from(executable, `${home}/node_modules`);
    // Those that start another Node look for it there.
    const path = `${executable.slice(0, executable.lastIndexOf("/"))}:${Deno.env.get("PATH")}`;
    const serve = serveFromSource({ ...source, env: { PATH: path, ...source.env } });
    return { version, executable, home, view: { served: true }, serve };
  },
});

/** The primary starts another worker for each that ends; the new ones read the source anew. */
function withNewWorkers(serve: Serve): Serve {
  return {
    ...serve,
    reload: async (order, pid) => {
      await serve.command(order);
      const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
      for (const worker of children.trim().split(" ").map(Number)) sendSignal(worker, "SIGKILL");
    },
  };
}

const cluster: Program = {
  name: "Node, cluster",
  prepare: async () => {
    const executable = await node();
    const serve = serveFromSource({
      source: "node/cluster_app.js",
      as: "app.js",
      command: () => [executable, "app.js"],
    });
    return { version: [executable, "--version"], view: { served: true }, serve: withNewWorkers(serve) };
  },
};

export const nodePrograms: Program[] = [
  visiting({ name: "Node, http", way: "http", answers: "answer.js", core: true }),
  visiting({ name: "Node, fetch and fs promises", way: "fetch", lacks: "they are means of clients" }),
  visiting({ name: "Node, fs.cp", way: "cp", lacks: "it copies files" }),
  visiting({ name: "Node, worker threads", way: "threads", answers: "answer_in_thread.js" }),
  cluster,
  framework("Express", "express", (node) => ({
    source: "node/express_app.js",
    as: "app.js",
    command: () => [node, "app.js"],
  })),
  framework("nodemon", "express", (node, modules) => ({
    source: "node/express_app.js",
    as: "app.js",
    command: () => [node, `${modules}/nodemon/bin/nodemon.js`, "app.js"],
    reloads: "itself",
  }), true),
  framework("Next.js, next dev", "next", (node, modules) => ({
    source: "node/next_route.js",
    as: "app/route.js",
    command: ({ port }) => [node, `${modules}/next/dist/bin/next`, "dev", "--port", String(port)],
    env: { NEXT_TELEMETRY_DISABLED: "1" },
    reloads: "itself",
  })),
  framework("Vite", "vite", (node, modules) => ({
    source: "node/vite.config.js",
    as: "vite.config.js",
    command: ({ port }) => [node, `${modules}/vite/bin/vite.js`, "--host", "0.0.0.0", "--port", String(port)],
    reloads: "itself",
  })),
];
