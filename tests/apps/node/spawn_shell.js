// A grandchild (node → sh → cat) prints a file. Argument: the file.
require("node:child_process").spawn("/bin/sh", ["-c", `cat ${process.argv[2]}`], { stdio: "inherit" })
  .on("exit", (code) => process.exit(code));
