/** Ruby, PHP, Perl, Elixir. */
import { answering, type Program } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { serveFromSource } from "./sources.ts";

export const scriptingPrograms: Program[] = [
  {
    name: "Ruby",
    debian: { ruby: "/usr/bin/ruby" },
    prepare: () =>
      Promise.resolve({ version: ["ruby", "--version"], view: { every: ["ruby", `${apps}/ruby/visit.rb`] } }),
  },
  {
    name: "Puma",
    debian: { puma: "/usr/bin/puma" },
    prepare: () =>
      Promise.resolve({
        version: ["puma", "--version"],
        serve: serveFromSource({
          source: "ruby/config.ru",
          as: "config.ru",
          command: ({ port }) => ["puma", "--bind", `tcp://0.0.0.0:${port}`, "--quiet"],
        }),
      }),
  },
  {
    name: "PHP, built-in server",
    debian: { "php-cli": "/usr/bin/php" },
    prepare: () =>
      Promise.resolve({
        version: ["php", "--version"],
        view: { every: ["php", `${apps}/php/visit.php`] },
        serve: serveFromSource({
          source: "php/answer.php",
          as: "answer.php",
          command: ({ port }) => ["php", "-S", `0.0.0.0:${port}`, "answer.php"],
        }),
      }),
  },
  {
    name: "PHP-FPM behind nginx",
    debian: { "php-fpm": "/usr/sbin/php-fpm8.2", "nginx-light": "/usr/sbin/nginx" },
    prepare: () =>
      Promise.resolve({
        version: ["/usr/sbin/php-fpm8.2", "--version"],
        executable: "/usr/sbin/php-fpm8.2",
        serve: serveFromSource({
          source: "php/answer.php",
          as: "answer.php",
          command: () => ["sh", `${apps}/php/fpm.sh`, "/usr/sbin/php-fpm8.2"],
        }),
      }),
  },
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
