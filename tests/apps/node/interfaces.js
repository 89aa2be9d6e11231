// The families of this machine's addresses.
const addresses = Object.values(require("node:os").networkInterfaces()).flat();
console.log([...new Set(addresses.map(({ family }) => family))].sort().join(" "));
