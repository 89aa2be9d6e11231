/** The agent's log is its standard error; standard output carries nothing but the line that says that it is ready. */

export function logLine(message: string): void {
  console.error(`${new Date().toISOString()} ${message}`);
}
