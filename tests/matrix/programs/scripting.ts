/** Ruby, PHP, Perl, Elixir. */
import { answering, type Program } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { java, jruby, php } from "../provision/runtimes.ts";
import { runtimes } from "../provision/versions.ts";
import { type FromSource, serveFromSource } from "./sources.ts";

const phpAnswer: Omit<FromSource, "command"> = { source: "php/answer.php", as: "answer.php", reloads: "itself" };

/** PHP's own server, with more than one request at a time: an answer may need another. */
const builtInServer = (php: string) =>
  serveFromSource({
    ...phpAnswer,
    command: ({ port }) => [php, "-S", `0.0.0.0:${port}`, "answer.php"],
    env: { PHP_CLI_SERVER_WORKERS: "2" },
  });

const phpPrograms: Program[] = [
  {
    name: "PHP, built-in server",
    debian: { "php-cli": "/usr/bin/php" },
    prepare: () =>
      Promise.resolve({
        version: ["php", "--version"],
        view: { every: ["php", `${apps}/php/visit.php`] },
        serve: builtInServer("php"),
      }),
  },
  {
    name: "PHP, musl, static, built-in server",
    prepare: async () => ({
      version: [await php(), "--version"],
      view: { every: [await php(), `${apps}/php/visit.php`] },
      serve: builtInServer(await php()),
    }),
  },
  {
    name: "PHP-FPM behind nginx",
    debian: { "php-fpm": "/usr/sbin/php-fpm8.2", "nginx-light": "/usr/sbin/nginx" },
    prepare: () =>
      Promise.resolve({
        version: ["/usr/sbin/php-fpm8.2", "--version"],
        executable: "/usr/sbin/php-fpm8.2",
        view: { served: true },
        serve: serveFromSource({
          ...phpAnswer,
          command: () => ["sh", `${apps}/php/fpm.sh`, "/usr/sbin/php-fpm8.2"],
        }),
      }),
  },
];

const rubyPrograms: Program[] = [
  {
    name: "Ruby",
    debian: { ruby: "/usr/bin/ruby" },
    prepare: () =>
      Promise.resolve({
        version: ["ruby", "--version"],
        view: { every: ["ruby", `${apps}/ruby/visit.rb`] },
        serve: answering(["ruby", `${apps}/ruby/answer.rb`]),
      }),
  },
  {
    name: "JRuby",
    debian: { maven: "/usr/bin/mvn" },
    prepare: async () => {
      const command = [await java(), "-cp", await jruby(), "org.jruby.Main"];
      return {
        version: ["echo", runtimes.jruby],
        view: { every: [...command, `${apps}/ruby/visit.rb`] },
        serve: answering([...command, `${apps}/ruby/answer.rb`]),
      };
    },
  },
  {
    name: "Puma, 2 workers",
    debian: { puma: "/usr/bin/puma" },
    prepare: () =>
      Promise.resolve({
        version: ["puma", "--version"],
        view: { served: true },
        serve: serveFromSource({
          source: "ruby/config.ru",
          as: "config.ru",
          command: ({ port }) => ["puma", "--workers", "2", "--bind", `tcp://0.0.0.0:${port}`, "--quiet"],
          // a phased restart: one worker after the other
          reloads: "SIGUSR1",
        }),
      }),
  },
];

export const scriptingPrograms: Program[] = [
  ...rubyPrograms,
  ...phpPrograms,
  {
    name: "Perl",
    prepare: () =>
      Promise.resolve({
        version: ["perl", "-e", "print $^V"],
        view: { every: ["perl", `${apps}/perl/visit.pl`] },
        serve: answering(["perl", `${apps}/perl/answer.pl`]),
      }),
  },
  {
    name: "Elixir on Erlang",
    debian: { elixir: "/usr/bin/elixir" },
    prepare: () =>
      Promise.resolve({
        version: ["elixir", "--short-version"],
        executable: "/usr/lib/erlang/bin/erl",
        view: { every: ["elixir", `${apps}/elixir/visit.exs`] },
        serve: answering(["elixir", "--erl", "-noinput", `${apps}/elixir/answer.exs`]),
      }),
  },
];
