/** Clients of databases, each with its server at the target. */
import type { Program, Service } from "../program.ts";
import type { Scene } from "../place.ts";
import { shell, tool } from "./tool.ts";

const databasePort = 5433;
const asDatabase = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
/** Debian keeps each major version in a folder of its own. */
const inDatabaseFolder = (
  words: string,
) => ["sh", "-c", `exec $(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/${words}`];
const databaseServer: Service = {
  port: databasePort,
  before: (folder) => [
    ["sh", "-c", `mkdir ${folder}/data && chmod a+x ${folder}/.. && chown -R postgres ${folder}`],
    [...asDatabase, ...inDatabaseFolder(`initdb -D ${folder}/data -A trust -U postgres --no-sync`)],
    ["sh", "-c", `echo 'host all all all trust' >> ${folder}/data/pg_hba.conf`],
  ],
  command: (folder) => [
    ...asDatabase,
    ...inDatabaseFolder(`postgres -D ${folder}/data -p ${databasePort} -k ${folder} -h 0.0.0.0 -F`),
  ],
};
const psql = (
  { name }: Scene,
  ...words: string[]
) => ["psql", "-h", name, "-p", `${databasePort}`, "-U", "postgres", "-XAt", ...words];

const redisPort = 6380;
const redisServer: Service = {
  port: redisPort,
  command:
    () => ["redis-server", "--port", `${redisPort}`, "--bind", "0.0.0.0", "--protected-mode", "no", "--save", ""],
};

const redis = ({ name }: Scene) => `redis-cli -h ${name} -p ${redisPort} `;

const mysqlPort = 3307;
const mysqlServer: Service = {
  port: mysqlPort,
  before: (folder) => [[
    "mariadb-install-db",
    "--user=root",
    "--auth-root-authentication-method=normal",
    `--datadir=${folder}/data`,
  ]],
  command: (folder) => {
    const where = [`--datadir=${folder}/data`, `--socket=${folder}/socket`, `--pid-file=${folder}/pid`];
    return ["mariadbd", "--no-defaults", "--user=root", ...where, `--port=${mysqlPort}`, "--skip-grant-tables"];
  },
};
const mysql = (
  { name }: Scene,
  ...words: string[]
) => ["mysql", "-h", name, "-P", `${mysqlPort}`, "-N", "--local-infile", "-e", ...words];

export const databasePrograms: Program[] = [
  tool({
    name: "psql",
    debian: { "postgresql-client": "/usr/bin/psql", postgresql: "/usr/lib/postgresql" },
    lacks: "it lists no directories",
    each: {
      env: {
        service: databaseServer,
        command: (scene) =>
          shell(`printf '\\\\getenv seen ${scene.variable}\n\\\\echo :seen\n' | ${psql(scene).join(" ")}`),
      },
      read: {
        service: databaseServer,
        command: (scene) =>
          psql(
            scene,
            "-c",
            "create temp table t (x text)",
            "-c",
            `\\copy t from '${scene.file}'`,
            "-c",
            "select x from t",
          ),
      },
      resolve: { service: databaseServer, command: (scene) => psql(scene, "-c", "select inet_server_addr()") },
      connect: {
        service: databaseServer,
        command: (scene) => psql(scene, "-c", "select 'answered'"),
        holds: "answered",
      },
      write: {
        service: databaseServer,
        command: (scene, newFile) => psql(scene, "-c", "select 'written by a program'", "-o", newFile),
      },
    },
  }),
  tool({
    name: "redis-cli",
    debian: { "redis-tools": "/usr/bin/redis-cli", "redis-server": "/usr/bin/redis-server" },
    lacks: "it reads no other variables than those that set it up, writes no files and lists no directories",
    each: {
      read: {
        service: redisServer,
        command: (scene) =>
          shell(`redis -x set key < ${scene.file} && redis get key`.replaceAll("redis ", redis(scene))),
      },
      resolve: {
        service: redisServer,
        command: (scene) => shell(`${redis(scene)}client info | grep -o 'laddr=[0-9.]*'`),
      },
      connect: { service: redisServer, command: (scene) => shell(`${redis(scene)}ping`), holds: "PONG" },
    },
  }),
  tool({
    name: "mysql",
    debian: { "mariadb-client": "/usr/bin/mysql", "mariadb-server-core": "/usr/sbin/mariadbd" },
    lacks: "it reads no variables, lists no directories, and writes files only when a person types",
    each: {
      read: {
        service: mysqlServer,
        command: (scene) =>
          mysql(
            scene,
            `create database if not exists d; use d; create temporary table t (x text); ` +
              `load data local infile '${scene.file}' into table t; select x from t`,
          ),
      },
      connect: { service: mysqlServer, command: (scene) => mysql(scene, "select 'answered'"), holds: "answered" },
    },
  }),
];
