/** Python, by the means of its own library and of others. */
import { answering, type Program } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { pypi } from "../provision/packages.ts";
import { python } from "../provision/runtimes.ts";
import { pythonPackages } from "../provision/versions.ts";
import { type FromSource, serveFromSource } from "./sources.ts";

const visit = `${apps}/python/visit.py`;

/** Python itself comes from Maven. */
const debian = { maven: "/usr/bin/mvn" };

/** A program of the virtual environment. */
async function installed(name: string): Promise<string> {
  return `${await pypi("python", pythonPackages, await python())}/bin/${name}`;
}

/** A server of a package; the modules of `tests/apps/python` are found by it. */
const server = (
  name: string,
  module: string,
  from: (python: string) => FromSource,
  core = false,
): Program => ({
  name,
  core,
  debian,
  prepare: async () => {
    const python = await installed("python");
    const version = [python, "-c", `import importlib.metadata as m; print(m.version("${module}"))`];
    const serve = serveFromSource({ ...from(python), env: { PYTHONPATH: `${apps}/python` } });
    return { version, executable: python, view: { served: true }, serve };
  },
});

export const pythonPrograms: Program[] = [
  {
    name: "Python, urllib and http.server",
    debian,
    core: true,
    prepare: async () => ({
      version: [await python(), "--version"],
      view: { every: [await python(), visit] },
      serve: answering([await python(), `${apps}/python/answer.py`]),
    }),
  },
  {
    name: "Python, asyncio",
    debian,
    prepare: async () => ({
      version: [await python(), "--version"],
      view: { every: ["env", "VISIT_WITH=asyncio", await python(), visit] },
      serve: answering([await python(), `${apps}/python/answer_asyncio.py`]),
    }),
  },
  {
    name: "Python, requests",
    debian,
    lacks: "it is a library for clients",
    prepare: async () => ({
      version: [await installed("python"), "-c", "import requests; print(requests.__version__)"],
      executable: await installed("python"),
      view: { every: ["env", "VISIT_WITH=requests", await installed("python"), visit] },
    }),
  },
  server("uvicorn --reload", "uvicorn", (python) => ({
    source: "python/asgi_app.py",
    as: "asgi_app.py",
    command: (
      { port },
    ) => [python, "-m", "uvicorn", "--reload", "--host", "0.0.0.0", "--port", String(port), "asgi_app:app"],
    reloads: "itself",
  }), true),
  server("gunicorn, 2 workers", "gunicorn", (python) => ({
    source: "python/wsgi_app.py",
    as: "wsgi_app.py",
    command: ({ port }) => [python, "-m", "gunicorn", "-w", "2", "-b", `0.0.0.0:${port}`, "wsgi_app:app"],
    reloads: "SIGHUP",
  }), true),
  server("gunicorn --reload", "gunicorn", (python) => ({
    source: "python/wsgi_app.py",
    as: "wsgi_app.py",
    command: ({ port }) => [python, "-m", "gunicorn", "--reload", "-b", `0.0.0.0:${port}`, "wsgi_app:app"],
    reloads: "itself",
  })),
  server("Django runserver", "django", (python) => ({
    source: "python/django_app.py",
    as: "manage.py",
    command: ({ port }) => [python, "manage.py", "runserver", `0.0.0.0:${port}`],
    reloads: "itself",
  })),
];
