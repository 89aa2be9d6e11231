/** Node, by each of its means. */
import { answering, type Program, type Serve } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { npm } from "../provision/packages.ts";
import { serveFromSource } from "./sources.ts";

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

const small = { express: "5.3.0", nodemon: "3.1.14" };
const next = { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" };
const vite = { vite: "8.3.4" };

/** A server of a package, whose sources stand beside its `node_modules`. */
const framework = (name: string, packages: Record<string, string>, serve: (modules: string) => Serve): Program => ({
  name,
  prepare: async () => {
    const [first] = Object.keys(packages);
    const home = await npm(first!, packages);
    const named = Object.keys(packages).find((each) => name.toLowerCase().includes(each)) ?? first;
    const version = ["node", "-p", `require("${home}/node_modules/${named}/package.json").version`];
    return { version, executable: "node", home, serve: serve(`${home}/node_modules`) };
  },
});

export const nodePrograms: Program[] = [
  visiting("Node, http", "http", answering(["node", `${apps}/node/answer.js`]), true),
  visiting("Node, fetch and fs promises", "fetch"),
  visiting("Node, fs.cp", "cp"),
  visiting("Node, worker threads", "threads"),
  {
    name: "Node, cluster",
    prepare: () =>
      Promise.resolve({ version: ["node", "--version"], serve: answering(["node", `${apps}/node/answer_cluster.js`]) }),
  },
  framework(
    "Express",
    small,
    () => serveFromSource({ source: "node/express_app.js", as: "app.js", command: () => ["node", "app.js"] }),
  ),
  framework("nodemon", small, (modules) =>
    serveFromSource({
      source: "node/express_app.js",
      as: "app.js",
      command: () => ["node", `${modules}/nodemon/bin/nodemon.js`, "app.js"],
      reloads: true,
    })),
  framework("Next.js, next dev", next, (modules) =>
    serveFromSource({
      source: "node/next_route.js",
      as: "app/route.js",
      command: ({ port }) => ["node", `${modules}/next/dist/bin/next`, "dev", "--port", String(port)],
      env: { NEXT_TELEMETRY_DISABLED: "1" },
      reloads: true,
    })),
  framework("Vite", vite, (modules) =>
    serveFromSource({
      source: "node/vite.config.js",
      as: "vite.config.js",
      command: ({ port }) => ["node", `${modules}/vite/bin/vite.js`, "--host", "0.0.0.0", "--port", String(port)],
      reloads: true,
    })),
];
