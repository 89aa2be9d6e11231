/** Python, by the means of its own library and of others. */
import { answering, type Program, type Serve } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { pypi } from "../provision/packages.ts";
import { serveFromSource } from "./sources.ts";

const visit = `${apps}/python/visit.py`;
const requirements = ["requests==2.34.*", "uvicorn==0.*", "gunicorn>=23", "django==5.2.*"];

/** CPython itself: what stands on PATH may be a script that looks for it. */
async function interpreter(): Promise<string> {
  const command = new Deno.Command("python3", { args: ["-c", "import sys; print(sys.executable)"] });
  return new TextDecoder().decode((await command.output()).stdout).trim();
}

/** A program of the virtual environment. */
async function installed(name: string): Promise<string> {
  return `${await pypi("python", requirements)}/bin/${name}`;
}

const server = (name: string, module: string, serve: (python: string) => Serve, core = false): Program => ({
  name,
  core,
  prepare: async () => {
    const python = await installed("python");
    const version = [python, "-c", `import importlib.metadata as m; print(m.version("${module}"))`];
    return { version, executable: python, serve: serve(python) };
  },
});

export const pythonPrograms: Program[] = [
  {
    name: "Python, urllib and http.server",
    core: true,
    prepare: async () => ({
      version: ["python3", "--version"],
      view: { every: [await interpreter(), visit] },
      serve: answering([await interpreter(), `${apps}/python/answer.py`]),
    }),
  },
  {
    name: "Python, asyncio",
    prepare: async () => ({
      version: ["python3", "--version"],
      executable: await interpreter(),
      view: { every: ["env", "VISIT_WITH=asyncio", await interpreter(), visit] },
    }),
  },
  {
    name: "Python, requests",
    prepare: async () => ({
      version: [await installed("python"), "-c", "import requests; print(requests.__version__)"],
      executable: await installed("python"),
      view: { every: ["env", "VISIT_WITH=requests", await installed("python"), visit] },
    }),
  },
  server("uvicorn --reload", "uvicorn", (python) =>
    serveFromSource({
      source: "python/asgi_app.py",
      as: "asgi_app.py",
      command: (
        { port },
      ) => [python, "-m", "uvicorn", "--reload", "--host", "0.0.0.0", "--port", String(port), "asgi_app:app"],
      reloads: true,
    }), true),
  server("gunicorn, 2 workers", "gunicorn", (python) =>
    serveFromSource({
      source: "python/wsgi_app.py",
      as: "wsgi_app.py",
      command: ({ port }) => [python, "-m", "gunicorn", "-w", "2", "-b", `0.0.0.0:${port}`, "wsgi_app:app"],
    })),
  server("Django runserver", "django", (python) =>
    serveFromSource({
      source: "python/django_app.py",
      as: "manage.py",
      command: ({ port }) => [python, "manage.py", "runserver", `0.0.0.0:${port}`],
      reloads: true,
    })),
];
