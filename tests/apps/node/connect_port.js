// Says a line to each address, and prints the answer. Arguments: host:port.
const net = require("node:net");

for (const address of process.argv.slice(2)) {
  const [host, port] = address.split(":");
  const socket = net.connect(Number(port), host, () => {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`;
    socket.on("data", (data) => console.log(data.toString(), peer));
    socket.end("hello");
  });
  socket.on("error", (error) => console.log(error.code));
}
