/** Connections as they come. */

/** While too many descriptors are open, who connects waits until there is room again. */
const retryMs = 50;

/**
 * What a listener accepts until it is closed. Deno's own iteration ends for good with the first peer that is gone before it
 * is accepted, or the first moment without a free descriptor.
 */
export async function* accepted<Connection>(
  listener: { accept(): Promise<Connection> },
  onFailure: (error: unknown) => void = () => {},
): AsyncGenerator<Connection> {
  for (;;) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      onFailure(error);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}
