/** The ordinary programs of the demo. Each prints one line for each thing it saw; none knows of mirrord. */
import { greetingFile, privateName, publicPort, servicePort, variable } from "./scene.ts";

export interface Program {
  name: string;
  /** The executable that must be there. */
  needs: string;
  command: string[];
}

const url = `http://${privateName}:${servicePort}/`;

const python = `
import os, socket, urllib.request
print("variable   ", os.environ.get("${variable}"))
print("file       ", open("${greetingFile}").read().strip())
print("host name  ", socket.gethostname())
print("name       ", socket.gethostbyname("${privateName}"))
print("service    ", urllib.request.urlopen("${url}", timeout=10).read().decode())
`;

const node = `
const fs = require("node:fs"), os = require("node:os"), dns = require("node:dns/promises"), http = require("node:http");
(async () => {
  console.log("variable   ", process.env.${variable});
  console.log("file       ", fs.readFileSync("${greetingFile}", "utf8").trim());
  console.log("host name  ", os.hostname());
  console.log("name       ", (await dns.lookup("${privateName}", { family: 4 })).address);
  http.get("${url}", (answer) => answer.on("data", (data) => console.log("service    ", data.toString())));
})();
`;

const shell = `
echo "variable    $${variable}"
echo "file        $(cat ${greetingFile})"
echo "host name   $(hostname)"
echo "name        $(getent ahostsv4 ${privateName} | head -n 1 | cut -d ' ' -f 1)"
echo "service     $(curl -sS --max-time 10 ${url})"
`;

/** A server that answers every request with one sentence. */
const server = `
import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"answered by the local program"
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("0.0.0.0", ${publicPort}), Answer).serve_forever()
`;

/** Prints what it sees and ends. `goProgram`: a static binary built before, or null where Go is not installed. */
export function observers(goProgram: string | null): Program[] {
  const programs = [
    { name: "Python", needs: "python3", command: ["python3", "-c", python] },
    { name: "Node", needs: "node", command: ["node", "-e", node] },
    { name: "bash, cat and curl", needs: "curl", command: ["bash", "-c", shell] },
  ];
  if (goProgram === null) return programs;
  const go = {
    name: "Go, static and stripped",
    needs: goProgram,
    command: [goProgram, variable, greetingFile, privateName, url],
  };
  return [...programs, go];
}

/** Listens on the target's public port until it is ended. */
export const localServer: Program = { name: "Python server", needs: "python3", command: ["python3", "-c", server] };
