/** Clients of the network: each is asked by its own command line, and those that speak more than HTTP have a server at the target. */
import type { Program, Question, Service, ViewCell } from "../program.ts";
import type { Scene } from "../place.ts";

const url = ({ name, port }: Scene) => `http://${name}:${port}/`;

const client = (
  name: string,
  debian: Record<string, string>,
  version: string[],
  each: Partial<Record<ViewCell, Question>>,
  options: { core?: boolean; settings?: Record<string, string> } = {},
): Program => ({
  name,
  core: options.core,
  debian,
  prepare: () => {
    const [executable] = Object.values(debian);
    return Promise.resolve({ version, executable, settings: options.settings, view: { each } });
  },
});

const sshPort = 2222;
const sshServer: Service = {
  port: sshPort,
  before: (folder) => [
    ["mkdir", "-p", "/run/sshd"],
    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${folder}/key`],
    ["cp", `${folder}/key`, "/srv/key"],
  ],
  command: (folder) => {
    const options = [`HostKey=${folder}/key`, `AuthorizedKeysFile=${folder}/key.pub`, "StrictModes=no", "PidFile=none"];
    return [
      "/usr/sbin/sshd",
      "-D",
      "-e",
      "-f",
      "/dev/null",
      "-p",
      `${sshPort}`,
      ...options.flatMap((each) => ["-o", each]),
    ];
  },
};

/** The key lies at the target, too: it is read there. */
const ssh = (scene: Scene, ...words: string[]) => {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
  const flags = options.flatMap((each) => ["-o", each]);
  return ["ssh", "-F", "/dev/null", "-i", "/srv/key", "-p", `${sshPort}`, ...flags, `root@${scene.name}`, ...words];
};

const gitPort = 9418;
const gitServer: Service = {
  port: gitPort,
  before: (folder) => [[
    "sh",
    "-c",
    `cd ${folder} && git init -q repo && cd repo && printf 'written by a program\\n' > file && git add file && ` +
    `git -c user.name=a -c user.email=a@b commit -q -m first && git tag visited`,
  ]],
  command: (folder) => ["git", "daemon", "--reuseaddr", "--export-all", `--base-path=${folder}`, `--port=${gitPort}`],
};

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

const dnsPort = 5353;
const dnsServer: Service = {
  port: dnsPort,
  command: () => {
    const words =
      "--no-daemon --no-resolv --no-hosts --user=root --address=/matrix.test/10.98.0.7 --txt-record=matrix.test,answered";
    return ["/usr/sbin/dnsmasq", ...words.split(" "), `--port=${dnsPort}`];
  },
};
const dig = (
  { name }: Scene,
  ...words: string[]
) => ["dig", `@${name}`, "-p", `${dnsPort}`, "+short", "+tries=1", ...words];

const rsyncPort = 8730;
const rsyncServer: Service = {
  port: rsyncPort,
  before: (
    folder,
  ) => [[
    "sh",
    "-c",
    `echo 'written by a program' > ${folder}/file; printf '[files]\\npath = ${folder}\\n' > ${folder}/conf`,
  ]],
  command: (folder) => ["rsync", "--daemon", "--no-detach", `--port=${rsyncPort}`, `--config=${folder}/conf`],
};

export const clientPrograms: Program[] = [
  client("curl", { curl: "/usr/bin/curl" }, ["curl", "--version"], {
    read: { command: ({ file }) => ["curl", "-sS", `file://${file}`] },
    resolve: { command: (scene) => ["curl", "-sS", "-o", "/dev/null", "-w", "%{remote_ip}", url(scene)] },
    connect: { command: (scene) => ["curl", "-sS", "--max-time", "10", url(scene)] },
    write: { command: (scene, newFile) => ["curl", "-sS", "-o", newFile, url(scene)], holds: ({ answer }) => answer },
  }, { core: true }),
  client("wget", { wget: "/usr/bin/wget" }, ["wget", "--version"], {
    connect: { command: (scene) => ["wget", "-q", "-T", "10", "-O", "-", url(scene)] },
    write: {
      command: (scene, newFile) => ["wget", "-q", "-T", "10", "-O", newFile, url(scene)],
      holds: ({ answer }) => answer,
    },
  }),
  client("git", { git: "/usr/bin/git" }, ["git", "--version"], {
    read: { command: ({ file }) => ["git", "hash-object", file], holds: "dea48491" },
    connect: {
      service: gitServer,
      command: ({ name }) => ["git", "ls-remote", "--tags", `git://${name}/repo`],
      holds: "refs/tags/visited",
    },
    write: {
      service: gitServer,
      command: ({ name }, newFile) => ["git", "clone", "-q", `git://${name}/repo`, newFile],
      wrote: (newFile) => `${newFile}/file`,
    },
    // mirrord leaves it alone unless it is told not to: a build asks it for local things.
  }, { settings: { MIRRORD_SKIP_BUILD_TOOLS: "false" } }),
  client("ssh", { "openssh-client": "/usr/bin/ssh", "openssh-server": "/usr/sbin/sshd" }, ["ssh", "-V"], {
    read: { service: sshServer, command: (scene) => ssh(scene, "echo", "let in"), holds: "let in" },
    connect: { service: sshServer, command: (scene) => ssh(scene, "cat", scene.file), holds: "hello from the target" },
  }),
  client("psql", { "postgresql-client": "/usr/bin/psql", postgresql: "/usr/lib/postgresql" }, ["psql", "--version"], {
    connect: { service: databaseServer, command: (scene) => psql(scene, "-c", "select 'answered'"), holds: "answered" },
    write: {
      service: databaseServer,
      command: (scene, newFile) => psql(scene, "-c", "select 'written by a program'", "-o", newFile),
    },
  }),
  client("redis-cli", { "redis-tools": "/usr/bin/redis-cli", "redis-server": "/usr/bin/redis-server" }, [
    "redis-cli",
    "--version",
  ], {
    connect: {
      service: redisServer,
      command: ({ name }) => ["redis-cli", "-h", name, "-p", `${redisPort}`, "ping"],
      holds: "PONG",
    },
  }),
  client("mysql", { "mariadb-client": "/usr/bin/mysql", "mariadb-server-core": "/usr/sbin/mariadbd" }, [
    "mysql",
    "--version",
  ], {
    connect: {
      service: mysqlServer,
      command: ({ name }) => ["mysql", "-h", name, "-P", `${mysqlPort}`, "-N", "-e", "select 'answered'"],
      holds: "answered",
    },
  }),
  client("dig", { "bind9-dnsutils": "/usr/bin/dig", "dnsmasq-base": "/usr/sbin/dnsmasq" }, ["dig", "-v"], {
    resolve: { service: dnsServer, command: (scene) => dig(scene, "matrix.test"), holds: "10.98.0.7" },
    connect: { service: dnsServer, command: (scene) => dig(scene, "+tcp", "TXT", "matrix.test"), holds: "answered" },
  }),
  client("rsync", { rsync: "/usr/bin/rsync" }, ["rsync", "--version"], {
    read: {
      command: (
        { file },
      ) => ["sh", "-c", `to=$(mktemp -d); rsync --times ${file} $to/; cat $to/*; stat -c %Y $to/*; rm -r $to`],
    },
    list: { command: ({ folder }) => ["rsync", "--list-only", `${folder}/`] },
    connect: {
      service: rsyncServer,
      command: ({ name }) => ["rsync", "--list-only", `rsync://${name}:${rsyncPort}/files/file`],
      holds: "file",
    },
    write: {
      service: rsyncServer,
      command: ({ name }, newFile) => ["rsync", `rsync://${name}:${rsyncPort}/files/file`, newFile],
    },
  }),
];
