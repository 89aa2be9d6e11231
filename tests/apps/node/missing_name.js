// A name without an address is an ordinary error.
require("node:dns").lookup(process.argv[2], (error, address) => console.log(error ? error.code : address));
