/** Clients of the network: each is asked by its own command line, and those that speak more than HTTP have a server at the target. */
import type { Program, Service } from "../program.ts";
import type { Scene } from "../place.ts";
import { shell, tool } from "./tool.ts";

const url = ({ name, port }: Scene) => `http://${name}:${port}/`;

const sshPort = 2222;
const sshServer: Service = {
  port: sshPort,
  before: (folder) => [
    ["mkdir", "-p", "/run/sshd"],
    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${folder}/key`],
    ["cp", `${folder}/key`, "/srv/key"],
  ],
  command: (folder) => {
    const options = [
      `HostKey=${folder}/key`,
      `AuthorizedKeysFile=${folder}/key.pub`,
      "StrictModes=no",
      "PidFile=none",
      "AcceptEnv=*",
    ];
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
  const flags = ["-F", "/dev/null", "-i", "/srv/key", "-p", `${sshPort}`];
  // what is said first holds
  const own = words[0] === "-o" ? words.splice(0, 2) : [];
  return ["ssh", ...flags, ...own, ...options.flatMap((each) => ["-o", each]), `root@${scene.name}`, ...words];
};

const gitPort = 9418;
const gitServer: Service = {
  port: gitPort,
  before: (folder) => [[
    "sh",
    "-c",
    `cd ${folder} && git init -q repo && cd repo && printf 'written by a program\\n' > file && git add file && ` +
    `git -c user.name=a -c user.email=a@b commit -q -m first && git tag visited && ` +
    `cp -r . /srv/worked && touch /srv/worked/untracked`,
  ]],
  command: (folder) => ["git", "daemon", "--reuseaddr", "--export-all", `--base-path=${folder}`, `--port=${gitPort}`],
};

const dnsPort = 5353;
const dnsServer: Service = {
  port: dnsPort,
  before: () => [shell("printf 'matrix.test\\nother.matrix.test\\n' > /srv/questions")],
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
  tool({
    name: "curl",
    core: true,
    debian: { curl: "/usr/bin/curl" },
    lacks: "it reads no other variables than those that set it up, and lists no directories",
    each: {
      read: { command: ({ file }) => ["curl", "-sS", `file://${file}`] },
      resolve: { command: (scene) => ["curl", "-sS", "-o", "/dev/null", "-w", "%{remote_ip}", url(scene)] },
      connect: { command: (scene) => ["curl", "-sS", "--max-time", "10", url(scene)] },
      write: { command: (scene, newFile) => ["curl", "-sS", "-o", newFile, url(scene)], holds: ({ answer }) => answer },
    },
  }),
  tool({
    name: "wget",
    debian: { wget: "/usr/bin/wget" },
    lacks: "it reads no other variables than those that set it up, and lists no directories",
    each: {
      read: {
        command: ({ file }) => shell(`wget -O /dev/null -i ${file} 2>&1 | grep ^Resolving`),
        // its lines are taken for addresses of pages
        holds: "hello",
      },
      resolve: { command: (scene) => shell(`wget -O /dev/null ${url(scene)} 2>&1 | grep ^Resolving`) },
      connect: { command: (scene) => ["wget", "-q", "-T", "10", "-O", "-", url(scene)] },
      write: {
        command: (scene, newFile) => ["wget", "-q", "-T", "10", "-O", newFile, url(scene)],
        holds: ({ answer }) => answer,
      },
    },
  }),
  tool({
    name: "git",
    debian: { git: "/usr/bin/git" },
    lacks: "it hands variables and names to other programs",
    // mirrord leaves it alone unless it is told not to: a build asks it for local things.
    settings: { MIRRORD_SKIP_BUILD_TOOLS: "false" },
    each: {
      read: { command: ({ file }) => ["git", "hash-object", file], holds: "dea48491" },
      list: {
        service: gitServer,
        command: () => ["git", "--git-dir=/srv/worked/.git", "--work-tree=/srv/worked", "status", "--porcelain"],
        holds: "?? untracked",
      },
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
    },
  }),
  tool({
    name: "ssh",
    debian: { "openssh-client": "/usr/bin/ssh", "openssh-server": "/usr/sbin/sshd" },
    version: ["ssh", "-V"],
    lacks: "it lists no directories, and does not say how it resolved a name",
    each: {
      env: {
        service: sshServer,
        command: (scene) => ssh(scene, "-o", `SendEnv=${scene.variable}`, "printenv", scene.variable),
      },
      read: { service: sshServer, command: (scene) => ssh(scene, "echo", "let in"), holds: "let in" },
      write: {
        service: sshServer,
        command: (scene, newFile) => ssh(scene, "-o", `UserKnownHostsFile=${newFile}`, "true"),
        holds: "ssh-ed25519",
      },
      connect: {
        service: sshServer,
        command: (scene) => ssh(scene, "cat", scene.file),
        holds: "hello from the target",
      },
    },
  }),
  tool({
    name: "dig",
    debian: { "bind9-dnsutils": "/usr/bin/dig", "dnsmasq-base": "/usr/sbin/dnsmasq" },
    version: ["dig", "-v"],
    lacks: "it writes no files, lists no directories and reads no variables",
    each: {
      read: { service: dnsServer, command: (scene) => dig(scene, "-f", "/srv/questions"), holds: "10.98.0.7" },
      resolve: { service: dnsServer, command: (scene) => dig(scene, "matrix.test"), holds: "10.98.0.7" },
      connect: { service: dnsServer, command: (scene) => dig(scene, "+tcp", "TXT", "matrix.test"), holds: "answered" },
    },
  }),
  tool({
    name: "rsync",
    debian: { rsync: "/usr/bin/rsync" },
    lacks: "it reads no variables, and does not say how it resolved a name",
    each: {
      read: {
        command: (
          { file },
        ) => shell(`to=$(mktemp -d); rsync --times ${file} $to/; cat $to/*; stat -c %Y $to/*; rm -r $to`),
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
    },
  }),
];
